import ComputeGraph
import Testing

@Suite("Parameters")
struct ParameterTests {
  /// A weight `[49, outputs]`.
  private static func weight(outputs: Int) throws -> Parameter {
    var graph = Graph(input: [49])
    try graph.append(Linear(outputs: outputs))
    return graph.parameters[0]
  }

  @Test("weights are uniform in ±√(6 / fanIn), biases in ±√(1 / fanIn)", arguments: [0, 1])
  func uniform(id: ParameterID) throws {
    var graph = Graph(input: [49])
    try graph.append(Linear(outputs: 1001))
    let parameter = graph.parameters[id]
    let bound = (Float(id == 0 ? 6 : 1) / 49).squareRoot()
    #expect(parameter.initialValue == .uniform(bound: bound))
    let values = parameter.initialValues(seed: 1, id: id)
    #expect(values.count == (id == 0 ? 49 * 1001 : 1001))
    #expect(values.allSatisfy { abs($0) <= bound })
    // A quarter of the values lies in each quarter of the range, within four standard deviations.
    let expected = Float(values.count) / 4
    for quarter in 0..<4 {
      let low = bound * (Float(quarter) / 2 - 1)
      let count = values.count { low <= $0 && $0 < low + bound / 2 }
      #expect(abs(Float(count) - expected) < 4 * (expected * 0.75).squareRoot())
    }
  }

  @Test("the fan-in of filters counts taps and the channels of a group")
  func filters() throws {
    var graph = Graph(input: [9, 8, 6])
    try graph.append(Convolution(outputs: 10, kernel: Extent2D(2, 3), groups: 2))
    #expect(graph.parameters[0].shape == [2, 3, 3, 10])
    #expect(graph.parameters[0].initialValue == .uniform(bound: (6 / Float(18)).squareRoot()))
    #expect(graph.parameters[1].initialValue == .uniform(bound: (1 / Float(18)).squareRoot()))
  }

  @Test("tables of tokens and positions begin normal with a deviation of 0.02")
  func normal() throws {
    var graph = Graph(input: [7], element: .int)
    try graph.append(Embedding(count: 101, width: 30))
    try graph.append(Positions())
    for (id, parameter) in graph.parameters.enumerated() {
      #expect(parameter.role == .weight)
      #expect(parameter.initialValue == .normal(deviation: 0.02))
      #expect(
        parameter.initialValues(seed: 3, id: id)
          == NormalValues(seed: 3, id: id, stream: RandomStream.initialValues.rawValue)
          .values(count: parameter.shape.count, deviation: Double(Float(0.02))))
    }
  }

  @Test("normalisations begin as identities; their statistics are not trained")
  func normalizations() throws {
    var graph = Graph(input: [5, 6])
    try graph.append(BatchNormalization(momentum: 0.25), name: "n")
    #expect(
      graph.parameters.map(\.name) == [
        "n.scale", "n.shift", "n.running_mean", "n.running_variance",
      ])
    #expect(
      graph.parameters.map(\.role)
        == [.bias, .bias, .statistic(momentum: 0.25), .statistic(momentum: 0.25)])
    #expect(graph.parameters.map(\.isTrained) == [true, true, false, false])
    #expect(graph.parameters.map { $0.initialValues(seed: 1, id: 0)[5] } == [1, 0, 0, 1])
    #expect(graph.parameterCount == 12)
  }

  @Test("a graph can begin with other values")
  func otherValues() throws {
    var graph = Graph(input: [5])
    try graph.append(Linear(outputs: 3))
    graph.setInitialValue(.constant(0.5), of: 1)
    #expect(graph.parameters[1].initialValues(seed: 1, id: 1) == [0.5, 0.5, 0.5])
  }

  @Test("seed, position and element decide each value, the count does not")
  func reproducible() throws {
    let parameter = try Self.weight(outputs: 101)
    let values = parameter.initialValues(seed: 2, id: 3)
    #expect(values == parameter.initialValues(seed: 2, id: 3))
    #expect(values != parameter.initialValues(seed: 3, id: 3))
    #expect(values != parameter.initialValues(seed: 2, id: 4))
    let longer = try Self.weight(outputs: 103)
    #expect(values == Array(longer.initialValues(seed: 2, id: 3).prefix(values.count)))
  }

  @Test("the bits are those that every release has given")
  func pinned() throws {
    // FNV-1a over the little-endian bytes.
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for value in try Self.weight(outputs: 101).initialValues(seed: 42, id: 5) {
      for shift in stride(from: UInt32(0), to: 32, by: 8) {
        hash ^= UInt64(value.bitPattern >> shift & 0xff)
        hash &*= 0x100_0000_01b3
      }
    }
    #expect(hash == 0xd8b5_131d_2fdd_35f0, "\(String(hash, radix: 16))")
  }
}
