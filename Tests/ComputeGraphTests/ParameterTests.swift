import ComputeGraph
import Testing

@Suite("Initial values")
struct ParameterTests {
  /// A weight `[49, outputs]`.
  private static func weight(outputs: Int) throws -> Parameter {
    var graph = Graph(input: [49])
    try graph.append(.linear(outputs: outputs))
    return graph.parameters[0]
  }

  @Test("weights are uniform in ±√(6 / fanIn), biases in ±√(1 / fanIn)", arguments: [0, 1])
  func uniform(id: ParameterID) throws {
    var graph = Graph(input: [49])
    try graph.append(.linear(outputs: 1001))
    let parameter = graph.parameters[id]
    let bound = (Float(id == 0 ? 6 : 1) / 49).squareRoot()
    #expect(parameter.initialBound == bound)
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
