import ComputeGraph
import Testing

@Suite("Graph")
struct GraphTests {
  private static func graph(
    _ input: Shape, _ operations: [any Operation]
  ) throws(GraphError) -> Graph {
    var graph = Graph(input: input)
    for operation in operations { try graph.append(operation) }
    return graph
  }

  @Test("shapes follow the operations")
  func shapes() throws {
    let graph = try Self.graph(
      [11, 13, 5],
      [
        Convolution(outputs: 7, kernel: 3), Convolution(outputs: 6, kernel: 5, padding: 2),
        Convolution(outputs: 4, kernel: 2, padding: 1), MaxPool(window: 3, stride: 2),
        Activation.relu, Convolution(outputs: 8, kernel: Extent2D(1, 3), stride: 2, dilation: 2),
        Reshape.flatten, Linear(outputs: 9), CrossEntropy(),
      ])
    #expect(
      graph.nodes.map(\.shape) == [
        [11, 13, 5], [9, 11, 7], [9, 11, 6], [10, 12, 4], [4, 5, 4], [4, 5, 4], [2, 1, 8], [16],
        [9], [],
      ])
    #expect(graph.nodes.map(\.inputs) == [[]] + (0...8).map { [$0] })
    #expect(graph.outputShape == [])
    #expect(graph.lastNode == 9)
  }

  @Test("shapes follow the operations on tokens")
  func tokens() throws {
    var graph = Graph(input: [5], element: .int)
    try graph.append(Embedding(count: 11, width: 12))
    try graph.append(Linear(outputs: 20))
    try graph.append(Attention(heads: 3, keyValueHeads: 1, causal: true))
    try graph.append(Transpose([1, 0]))
    try graph.append(Slice(axis: 0, range: 3..<7))
    try graph.append(Reduce(.mean, axes: [1]))
    #expect(
      graph.nodes.map(\.shape) == [[5], [5, 12], [5, 20], [5, 12], [12, 5], [4, 5], [4]])
    #expect(graph.inputElement == .int)
  }

  @Test("parameters have the layouts of the kernels, names of their layers, and counts that add up")
  func parameters() throws {
    var graph = Graph(input: [4, 6, 3])
    try graph.append(Convolution(outputs: 5, kernel: 2), name: "first")
    try graph.append(Reshape.flatten)
    try graph.append(Linear(outputs: 7))
    #expect(
      graph.parameters.map(\.name)
        == ["first.weight", "first.bias", "linear3.weight", "linear3.bias"])
    #expect(graph.parameters.map(\.shape) == [[2, 2, 3, 5], [5], [75, 7], [7]])
    #expect(graph.nodes.map(\.parameters) == [[], [0, 1], [], [2, 3]])
    #expect(graph.parameterCount == 60 + 5 + 525 + 7)
  }

  @Test("a shared parameter is one parameter, of the right shape")
  func sharing() throws {
    var graph = Graph(input: [5], element: .int)
    try graph.append(Embedding(count: 11, width: 12), name: "tokens")
    try graph.add(
      Linear(outputs: 11, transposed: true), to: [1], name: "head", sharing: [0: 0])
    #expect(graph.parameters.map(\.name) == ["tokens.weight", "head.bias"])
    #expect(graph.nodes.map(\.parameters) == [[], [0], [0, 1]])
    #expect(graph.parameterCount == 11 * 12 + 11)
    let error = #expect(throws: GraphError.self) {
      try graph.add(Linear(outputs: 11), to: [1], sharing: [0: 0])
    }
    #expect(
      error?.description == "layer 3 (linear) shares a parameter: its weight has shape [12, 11], "
        + "the other is [11, 12]")
    #expect(throws: GraphError.self) { try graph.add(Linear(outputs: 3), to: [1], sharing: [0: 7]) }
  }

  @Test("a checkpoint marks the nodes between its ends, each one anew")
  func checkpoints() throws {
    var graph = Graph(input: [6])
    try graph.append(Linear(outputs: 5))
    for _ in 0..<2 {
      graph.beginCheckpoint()
      try graph.append(Activation.tanh)
      try graph.append(Linear(outputs: 5))
      graph.endCheckpoint()
    }
    try graph.append(CrossEntropy())
    #expect(graph.nodes.map(\.checkpoint) == [nil, nil, 0, 0, 1, 1, nil])
  }

  @Test("two layers of one name are refused")
  func duplicateName() throws {
    var graph = Graph(input: [6])
    try graph.append(Linear(outputs: 5), name: "a")
    #expect(throws: GraphError.duplicateName("a.weight")) {
      try graph.append(Linear(outputs: 4), name: "a")
    }
    #expect(
      GraphError.duplicateName("a.weight").description
        == "two layers are named 'a.weight'; parameters are saved by name, so give each its own")
  }

  @Test("a plan needs a loss at the end, which depends on every parameter")
  func noLoss() throws {
    let graph = try Self.graph([6], [Linear(outputs: 5)])
    let error = #expect(throws: GraphError.self) { try Plan(graph) }
    #expect(error?.description == "layer 1 (linear): the last layer must be a loss")
    var forked = graph
    try forked.add(Linear(outputs: 3), to: [1], name: "unused")
    try forked.add(CrossEntropy(), to: [1])
    let unused = #expect(throws: GraphError.self) { try Plan(forked) }
    #expect(unused?.description.contains("unused.weight") == true)
    #expect(unused?.description.contains("does not depend on this parameter") == true)
  }
}
