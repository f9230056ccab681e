package import ComputeGraph
import Testing

/// A small network whose sizes are all different and that no tile, vector or chunk divides.
package struct TestNetwork: Sendable, CustomTestStringConvertible {
  /// What it is for.
  package let testDescription: String
  /// Examples; no multiple of `grain`.
  package let examples: Int
  /// Examples whose gradients are summed in floats.
  package var grain = 4
  private let build: @Sendable () throws -> Graph

  /// A network with `examples` for its tests.
  package init(
    _ description: String, examples: Int, grain: Int = 4,
    _ build: @escaping @Sendable () throws -> Graph
  ) {
    testDescription = description
    self.examples = examples
    self.grain = grain
    self.build = build
  }

  /// A chain of operations between the input and a cross-entropy.
  package init(
    _ description: String, input: Shape, _ operations: [any Operation], examples: Int,
    grain: Int = 4
  ) {
    self.init(description, examples: examples, grain: grain) {
      var graph = Graph(input: input)
      for operation in operations + [CrossEntropy()] { try graph.append(operation) }
      return graph
    }
  }

  /// The graph, loss included.
  package func graph() throws -> Graph { try build() }

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
      Convolution(outputs: 19, kernel: 3, padding: 1), Activation.relu,
      MaxPool(window: 2, stride: 2),
      Convolution(outputs: 33, kernel: 5, padding: 2), Activation.relu,
      MaxPool(window: 3, stride: 2),
      Convolution(outputs: 10, kernel: 1, padding: 0), Activation.relu,
      MaxPool(window: 2, stride: 1),
      Activation.relu,
      Reshape.flatten, Linear(outputs: 23), Activation.relu, Linear(outputs: 7),
    ], examples: 7)

  /// Products over more than one chunk: channels of convolutions in both directions, linear inputs and
  /// outputs; an even filter, and a ReLU between a convolution and flatten.
  package static let chunks = TestNetwork(
    "chunks", input: [6, 4, 300],
    [
      Convolution(outputs: 21, kernel: 3, padding: 2),
      Convolution(outputs: 259, kernel: 2, padding: 1),
      MaxPool(window: 3, stride: 2), Convolution(outputs: 11, kernel: 3, padding: 1),
      Activation.relu,
      Reshape.flatten,
      Linear(outputs: 270), Activation.relu, Linear(outputs: 5),
    ], examples: 5, grain: 2)

  /// A convolution directly before flatten, more linear inputs than a chunk, a ReLU before the loss.
  package static let flattened = TestNetwork(
    "flattened", input: [11, 13, 2],
    [
      Convolution(outputs: 3, kernel: 3, padding: 0),
      Convolution(outputs: 4, kernel: 5, padding: 1),
      Reshape.flatten, Linear(outputs: 33), Activation.relu, Linear(outputs: 10), Activation.relu,
    ], examples: 11, grain: 3)

  /// Lines longer than a chunk, one channel, and a flatten between a convolution and its ReLU.
  package static let lines = TestNetwork(
    "lines", input: [2, 301, 1],
    [
      Convolution(outputs: 3, kernel: 1, padding: 0), MaxPool(window: 2, stride: 2),
      Convolution(outputs: 2, kernel: 3, padding: 2), Reshape.flatten, Activation.relu,
      Linear(outputs: 6),
    ], examples: 5, grain: 2)

  /// A perceptron whose grains are longer than a chunk.
  package static let perceptron = TestNetwork(
    "perceptron", input: [7, 3, 2],
    [
      Reshape.flatten, Linear(outputs: 17), Activation.relu, Linear(outputs: 1),
      Linear(outputs: 19),
    ],
    examples: 307, grain: 270)

  /// Chains of operations.
  package static let chains = [image, chunks, flattened, lines, perceptron]

  /// Every network.
  package static let all = chains + branched
}
