import ComputeGraph
import TestSupport
import Testing

// What the operations' own tests do not see: nodes with several readers, shared parameters, grains.
@Suite("Reference network")
struct ReferenceNetworkTests {
  /// Uniform numbers in [-1, 1).
  private static func values(_ count: Int, seed: UInt64) -> [Double] {
    let philox = Philox(seed: seed)
    return (0..<count).map {
      2 * Double(Philox.unitFloat(philox.block(SIMD4(UInt32($0), 0, 0, 99))[0])) - 1
    }
  }

  private static func network(_ graph: Graph, grain: Int, seed: UInt64) -> ReferenceNetwork {
    let weights = graph.parameters.enumerated().map { id, parameter in
      values(parameter.shape.count, seed: seed + UInt64(id)).map {
        parameter.isTrained ? 0.5 * $0 : 1 + 0.5 * $0
      }
    }
    return ReferenceNetwork(graph, weights: weights, setting: ReferenceSetting(grain: grain))
  }

  /// A block whose input has three readers, one of them twice, in a checkpoint.
  private static func residual() throws -> Graph {
    var graph = Graph(input: [5, 6, 2])
    let stem = try graph.append(Convolution(outputs: 3, kernel: 3, padding: 1, bias: false))
    graph.beginCheckpoint()
    try graph.append(BatchNormalization())
    try graph.append(Activation.silu)
    let body = try graph.append(Convolution(outputs: 3, kernel: 3, padding: 1))
    let twice = try graph.add(Add(), to: [stem, stem])
    let sum = try graph.add(Add(), to: [body, twice])
    graph.endCheckpoint()
    try graph.append(GlobalAveragePool())
    let pooled = graph.lastNode
    let side = try graph.add(Reduce(.mean, axes: [0, 1]), to: [sum])
    try graph.add(Concatenate(axis: 0, count: 2), to: [pooled, side])
    try graph.append(Linear(outputs: 4))
    try graph.append(CrossEntropy(labelSmoothing: 0.1))
    return graph
  }

  /// A transformer of one block whose embedding is also the weight of the last layer.
  private static func transformer() throws -> Graph {
    var graph = Graph(input: [5], element: .int)
    let tokens = try graph.append(Embedding(count: 11, width: 12), name: "tokens")
    try graph.append(Positions())
    let x = try graph.append(Dropout(0.2))
    try graph.append(LayerNormalization())
    try graph.append(Linear(outputs: 20))
    // Three query heads and the key head.
    try graph.append(RotaryPositions(heads: 4, headSize: 4))
    try graph.append(Attention(heads: 3, keyValueHeads: 1, causal: true))
    let block = try graph.append(Linear(outputs: 12))
    try graph.add(Add(), to: [x, block])
    try graph.append(RMSNormalization())
    try graph.add(
      Linear(outputs: 11, bias: false, transposed: true), to: [graph.lastNode],
      sharing: [0: graph.nodes[tokens].parameters[0]])
    try graph.append(CrossEntropy(ignoredIndex: -1))
    return graph
  }

  @Test("gradients add up over readers, and batches are normalised per grain")
  func residualSlopes() throws {
    let network = try Self.network(Self.residual(), grain: 3, seed: 10)
    expectGradientsMatchFiniteDifferences(
      network, inputs: Self.values(5 * 60, seed: 1), targets: [0, 3, 2, 1, 1], "residual")
  }

  @Test("gradients of a shared table add up")
  func transformerSlopes() throws {
    let network = try Self.network(Self.transformer(), grain: 2, seed: 20)
    let tokens = Self.values(3 * 5, seed: 2).map { ((($0 + 1) / 2) * 11).rounded(.down) }
    let targets = tokens.dropFirst() + [-1]
    expectGradientsMatchFiniteDifferences(
      network, inputs: tokens, targets: Array(targets), "transformer")
  }

  @Test("a batch is its grains, one after the other")
  func grains() throws {
    let graph = try Self.residual()
    let network = Self.network(graph, grain: 3, seed: 30)
    let inputs = Self.values(5 * 60, seed: 3)
    let targets: [Double] = [1, 2, 0, 3, 1]
    let whole = network.pass(inputs, targets: targets)
    let first = network.pass(Array(inputs[..<180]), targets: Array(targets[..<3]))
    let second = network.pass(Array(inputs[180...]), targets: Array(targets[3...]))
    #expect(whole.losses == first.losses + second.losses)
    for id in graph.parameters.indices {
      for (sum, (a, b)) in zip(
        whole.parameters[id], zip(first.parameters[id], second.parameters[id]))
      {
        #expect(abs(sum - (a + b)) <= 1e-12, "\(graph.parameters[id].name)")
      }
    }
  }

  @Test("running statistics are the sums of the grains' means and unbiased variances")
  func statistics() throws {
    var graph = Graph(input: [1])
    try graph.append(BatchNormalization())
    try graph.append(MeanSquaredError())
    let network = Self.network(graph, grain: 3, seed: 40)
    let pass = network.pass([1, 2, 6, 4, 8], targets: [0, 0, 0, 0, 0])
    // Grains 1, 2, 6 and 4, 8: means 3 and 6, sums of squares 14 and 8 over one element less.
    #expect(pass.parameters[2] == [9])
    #expect(pass.parameters[3] == [7 + 8])
  }

  @Test("evaluation uses the running statistics and drops nothing")
  func evaluation() throws {
    var graph = Graph(input: [2])
    try graph.append(BatchNormalization(epsilon: 0.25))
    try graph.append(Dropout(0.5))
    try graph.append(MeanSquaredError())
    var network = ReferenceNetwork(
      graph, weights: [[2, 3], [1, 0], [5, 6], [3.75, 0]], setting: ReferenceSetting(grain: 1))
    network.setting.mode = .evaluation
    // (7 - 5) / 2 * 2 + 1 and (6.5 - 6) / 0.5 * 3.
    #expect(
      network.forward([7, 6.5], targets: [0, 0]).dropLast() == [[7, 6.5], [3, 3], [3, 3]])
  }

  @Test("what is dropped is a function of seed, step, example and node, not of the batch")
  func dropoutKeys() {
    func factors(keys: [UInt32]?, step: UInt32 = 0, node: NodeID = 1) throws -> [Double] {
      var graph = Graph(input: [100])
      for _ in 1..<node { try graph.append(Activation.tanh) }
      try graph.append(Dropout(0.25))
      var setting = ReferenceSetting(grain: 1)
      (setting.seed, setting.step, setting.keys) = (7, step, keys)
      let ones = [Double](repeating: 1, count: 200)
      return graph.reference(node, weights: [], targets: [], setting: setting).forward([ones])
    }
    #expect(throws: Never.self) {
      let both = try factors(keys: [3, 9])
      #expect(try factors(keys: [9, 3]) == Array(both[100...] + both[..<100]))
      #expect(try factors(keys: nil) == factors(keys: [0, 1]))
      #expect(try factors(keys: [3, 9], step: 1) != both)
      #expect(try factors(keys: [3, 9], node: 2) != both)
      #expect(Set(both) == [0, Double(Float(4.0 / 3))])
      #expect((30...70).contains(both.count { $0 == 0 }))
    }
  }
}
