import ComputeGraph
import Testing

@Suite("Graph")
struct GraphTests {
  private static func graph(_ input: Shape, _ operations: [Operation]) throws(GraphError) -> Graph {
    var graph = Graph(input: input)
    for operation in operations { try graph.append(operation) }
    return graph
  }

  @Test("shapes follow the operations")
  func shapes() throws {
    let graph = try Self.graph(
      [11, 13, 5],
      [
        .convolution(outputs: 7, kernel: 3, padding: 0),
        .convolution(outputs: 6, kernel: 5, padding: 2),
        .convolution(outputs: 4, kernel: 2, padding: 1), .maxPool(window: 3, stride: 2), .relu,
        .flatten,
        .linear(outputs: 9), .crossEntropy,
      ])
    #expect(
      graph.nodes.map(\.shape) == [
        [11, 13, 5], [9, 11, 7], [9, 11, 6], [10, 12, 4], [4, 5, 4], [4, 5, 4], [80], [9], [],
      ])
    #expect(graph.nodes.map(\.input) == [nil, 0, 1, 2, 3, 4, 5, 6, 7])
    #expect(graph.outputShape == [])
  }

  @Test("parameters have the layouts of the kernels, names of their layers, and counts that add up")
  func parameters() throws {
    var graph = Graph(input: [4, 6, 3])
    try graph.append(.convolution(outputs: 5, kernel: 2, padding: 0), name: "first")
    try graph.append(.flatten)
    try graph.append(.linear(outputs: 7))
    #expect(
      graph.parameters.map(\.name)
        == ["first.weight", "first.bias", "linear3.weight", "linear3.bias"])
    #expect(graph.parameters.map(\.shape) == [[2, 2, 3, 5], [5], [75, 7], [7]])
    #expect(graph.parameters.map(\.fanIn) == [12, 12, 75, 75])
    #expect(graph.nodes.map(\.parameters) == [[], [0, 1], [], [2, 3]])
    #expect(graph.parameterCount == 60 + 5 + 525 + 7)
  }

  /// A layer that does not fit behind its input, and what the error says.
  private struct Misfit: Sendable, CustomTestStringConvertible {
    let input: Shape
    let operation: Operation
    let message: String
    var testDescription: String { message }
  }

  @Test(
    "a misfit names the layer, its position and both shapes",
    arguments: [
      Misfit(
        input: [28, 28, 1], operation: .linear(outputs: 10),
        message: "layer 2 (linear) takes one dimension [K]; put flatten before it, "
          + "but its input is [28, 28, 1]"),
      Misfit(
        input: [784], operation: .convolution(outputs: 4, kernel: 3, padding: 1),
        message: "layer 2 (convolution) takes an image [H, W, C], but its input is [784]"),
      Misfit(
        input: [3, 2, 6], operation: .convolution(outputs: 4, kernel: 5, padding: 1),
        message: "layer 2 (convolution) takes an image of at least 3 x 3 pixels, "
          + "but its input is [3, 2, 6]"),
      Misfit(
        input: [12], operation: .maxPool(window: 2, stride: 2),
        message: "layer 2 (max_pool) takes an image [H, W, C], but its input is [12]"),
      Misfit(
        input: [5, 2, 6], operation: .maxPool(window: 3, stride: 2),
        message: "layer 2 (max_pool) takes an image of at least 3 x 3 pixels, "
          + "but its input is [5, 2, 6]"),
      Misfit(
        input: [2, 3, 4], operation: .crossEntropy,
        message: "layer 2 (cross_entropy) takes logits [C], but its input is [2, 3, 4]"),
      Misfit(
        input: [5, 5, 1], operation: .convolution(outputs: 4, kernel: 3, padding: 3),
        message: "layer 2 (convolution): padding 3 must be less than the kernel 3"),
      Misfit(
        input: [5, 5, 1], operation: .convolution(outputs: 0, kernel: 3, padding: 1),
        message: "layer 2 (convolution): outputs and kernel must be positive"),
      Misfit(
        input: [5], operation: .linear(outputs: 0),
        message: "layer 2 (linear): outputs must be positive, not 0"),
      Misfit(
        input: [5, 5, 1], operation: .maxPool(window: 2, stride: 0),
        message: "layer 2 (max_pool): window and stride must be positive"),
    ])
  private func misfits(_ misfit: Misfit) throws {
    var graph = try Self.graph(misfit.input, [.relu])
    let before = graph
    let error = #expect(throws: GraphError.self) { try graph.append(misfit.operation) }
    #expect(error?.description == misfit.message)
    #expect(graph == before, "a layer that does not fit leaves the graph as it was")
  }

  @Test("two layers of one name are refused")
  func duplicateName() throws {
    var graph = Graph(input: [6])
    try graph.append(.linear(outputs: 5), name: "a")
    #expect(throws: GraphError.duplicateName("a.weight")) {
      try graph.append(.linear(outputs: 4), name: "a")
    }
    #expect(
      GraphError.duplicateName("a.weight").description
        == "two layers are named 'a.weight'; parameters are saved by name, so give each its own")
  }

  @Test("a plan needs a loss at the end")
  func noLoss() throws {
    let graph = try Self.graph([6], [.linear(outputs: 5)])
    let error = #expect(throws: GraphError.self) { try Plan(graph) }
    #expect(error?.description == "layer 1 (linear): the last layer must be cross_entropy")
  }
}
