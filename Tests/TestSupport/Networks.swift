package import ComputeGraph
import Testing

/// A small network whose sizes are all different and that no tile, vector or chunk divides.
package struct TestNetwork: Sendable, CustomTestStringConvertible {
  /// What it is for.
  package let testDescription: String
  /// Shape of an example.
  package let input: Shape
  /// All operations but the input and the cross-entropy at the end.
  package let operations: [Operation]
  /// Examples; no multiple of `grain`.
  package let examples: Int
  /// Examples whose gradients are summed in floats.
  package var grain = 4

  /// A network of these operations, with `examples` for its tests.
  package init(
    _ description: String, input: Shape, _ operations: [Operation], examples: Int, grain: Int = 4
  ) {
    testDescription = description
    self.input = input
    self.operations = operations
    self.examples = examples
    self.grain = grain
  }

  /// The graph, with the cross-entropy.
  package func graph() throws -> Graph {
    var graph = Graph(input: input)
    for operation in operations + [.crossEntropy] { try graph.append(operation) }
    return graph
  }

  /// The smallest capacity that holds all examples in one wave.
  package var wholeCapacity: Int { (examples + grain - 1) / grain * grain }
}

extension Graph {
  /// Initial values of every parameter.
  package func initialWeights(seed: UInt64) -> [[Float]] {
    parameters.enumerated().map { $1.initialValues(seed: seed, id: $0) }
  }
}

extension TestNetwork {
  /// Convolutions of 1, 3 and 5 taps, poolings 2/2, 3/2 and 2/1 with leftovers, a ReLU after a pooling;
  /// the 19 lines of 17 pixels make two chunks of the filters' gradient.
  package static let image = TestNetwork(
    "image", input: [19, 17, 5],
    [
      .convolution(outputs: 19, kernel: 3, padding: 1), .relu, .maxPool(window: 2, stride: 2),
      .convolution(outputs: 33, kernel: 5, padding: 2), .relu, .maxPool(window: 3, stride: 2),
      .convolution(outputs: 10, kernel: 1, padding: 0), .relu, .maxPool(window: 2, stride: 1),
      .relu,
      .flatten, .linear(outputs: 23), .relu, .linear(outputs: 7),
    ], examples: 7)

  /// Products over more than one chunk: channels of convolutions in both directions, linear inputs and
  /// outputs; an even filter, and a ReLU between a convolution and flatten.
  package static let chunks = TestNetwork(
    "chunks", input: [6, 4, 300],
    [
      .convolution(outputs: 21, kernel: 3, padding: 2),
      .convolution(outputs: 259, kernel: 2, padding: 1),
      .maxPool(window: 3, stride: 2), .convolution(outputs: 11, kernel: 3, padding: 1), .relu,
      .flatten,
      .linear(outputs: 270), .relu, .linear(outputs: 5),
    ], examples: 5, grain: 2)

  /// A convolution directly before flatten, more linear inputs than a chunk, a ReLU before the loss.
  package static let flattened = TestNetwork(
    "flattened", input: [11, 13, 2],
    [
      .convolution(outputs: 3, kernel: 3, padding: 0),
      .convolution(outputs: 4, kernel: 5, padding: 1),
      .flatten, .linear(outputs: 33), .relu, .linear(outputs: 10), .relu,
    ], examples: 11, grain: 3)

  /// Lines longer than a chunk, one channel, and a flatten between a convolution and its ReLU.
  package static let lines = TestNetwork(
    "lines", input: [2, 301, 1],
    [
      .convolution(outputs: 3, kernel: 1, padding: 0), .maxPool(window: 2, stride: 2),
      .convolution(outputs: 2, kernel: 3, padding: 2), .flatten, .relu, .linear(outputs: 6),
    ], examples: 5, grain: 2)

  /// A perceptron whose grains are longer than a chunk.
  package static let perceptron = TestNetwork(
    "perceptron", input: [7, 3, 2],
    [.flatten, .linear(outputs: 17), .relu, .linear(outputs: 1), .linear(outputs: 19)],
    examples: 307, grain: 270)

  /// Every network.
  package static let all = [image, chunks, flattened, lines, perceptron]
}
