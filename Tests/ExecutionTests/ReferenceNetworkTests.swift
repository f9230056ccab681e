import ComputeGraph
import TestSupport
import Testing

// The reference is proved by itself: its gradients are the slopes of its losses.
@Suite("Reference network")
struct ReferenceNetworkTests {
  /// Every operation, small enough to take the slope of every weight.
  private static let network = TestNetwork(
    "small", input: [5, 6, 2],
    [
      .convolution(outputs: 3, kernel: 3, padding: 1), .relu, .maxPool(window: 2, stride: 1),
      .convolution(outputs: 4, kernel: 2, padding: 0), .flatten, .relu, .linear(outputs: 5),
    ], examples: 3)

  @Test("parameter gradients are the slopes of the summed loss")
  func parameterSlopes() throws {
    let graph = try Self.network.graph()
    let source = MemoryExamples(random: Self.network.examples, for: graph, seed: 1)
    let network = ReferenceNetwork(graph, weights: graph.initialWeights(seed: 2))
    let gradients = network.pass(source).parameters
    for (id, parameter) in graph.parameters.enumerated() {
      let slopes = parameter.shape.indices.map { element in
        Self.slope { change in
          var changed = network
          changed.weights[id][element] += change
          return changed.pass(source).losses.reduce(0, +)
        }
      }
      expectClose(gradients[id].map(Float.init), slopes, relative: 1e-6, parameter.name)
    }
  }

  @Test("gradients of the examples are the slopes of the summed loss")
  func inputSlopes() throws {
    let graph = try Self.network.graph()
    let source = MemoryExamples(random: Self.network.examples, for: graph, seed: 3)
    let network = ReferenceNetwork(graph, weights: graph.initialWeights(seed: 4))
    let labels = source.labels.map(Int.init)
    let values = source.values.map(Double.init)
    let slopes = values.indices.map { element in
      Self.slope { change in
        var changed = values
        changed[element] += change
        return network.pass(changed, labels: labels).losses.reduce(0, +)
      }
    }
    let gradients = network.pass(source).gradients[0]
    expectClose(gradients.map(Float.init), slopes, relative: 1e-6, "examples")
  }

  /// The slope at zero, by central differences.
  private static func slope(_ f: (Double) -> Double) -> Double {
    let step = 1e-5
    return (f(step) - f(-step)) / (2 * step)
  }
}

extension Shape {
  fileprivate var indices: Range<Int> { 0..<count }
}
