import ComputeGraph
import Execution
import TestSupport
import Testing

// Every operation and whole networks on every device, against the reference in double precision.
@Suite("Operations")
struct OperationTests {
  /// Of the largest magnitude of a tensor, over the depth of a network.
  private static let networkTolerance = 5e-6

  @Test(
    "each operation is that of the reference on the same inputs",
    arguments: try testDevices(), OperationCase.all)
  func operation(_ device: TestDevice, _ test: OperationCase) throws {
    let errors = try device.errors(of: test)
    // The loss, if nothing else.
    #expect(!errors.isEmpty)
    for error in errors {
      #expect(error.relative <= test.tolerance, "\(error.what)")
    }
  }

  @Test(
    "all tensors and gradients of a network are those of the reference",
    arguments: try testDevices(), TestNetwork.all)
  func network(_ device: TestDevice, _ network: TestNetwork) throws {
    let graph = try network.graph()
    let source = MemoryExamples(random: network.examples, for: graph, seed: 5)
    let weights = graph.initialWeights(seed: 6)
    let setting = RunSetting(network)
    var reference = ReferenceNetwork(graph, weights: weights, grain: network.grain)
    (reference.setting.seed, reference.setting.step) = (setting.seed, UInt32(setting.step))
    let expected = reference.pass(
      source.values.map(Double.init), targets: source.targets.map(Double.init))
    let recording = try device.record(graph, weights: weights, source: source, setting: setting)
    let plan = recording.plan
    for (node, tensor) in plan.outputs where plan.tensors[tensor].element == .float {
      expectClose(
        recording.tensors[tensor], expected.outputs[node], relative: Self.networkTolerance,
        "output of \(graph.word(node))")
    }
    for (node, tensor) in plan.gradients where node != graph.lastNode {
      expectClose(
        recording.tensors[tensor], expected.gradients[node], relative: Self.networkTolerance,
        "gradient of \(graph.word(node))")
    }
    for (id, parameter) in graph.parameters.enumerated() {
      expectClose(
        recording.sums[id].map(setting.scale.gradient), expected.parameters[id],
        relative: Self.networkTolerance, "gradient of \(parameter.name)")
    }
    #expect(recording.magnitudes.allSatisfy { $0 == 0 })
  }
}

extension RunSetting {
  /// All examples of a network in one wave.
  init(_ network: TestNetwork) {
    self.init()
    grain = network.grain
    capacity = network.wholeCapacity
  }
}

extension Graph {
  /// Node and operation, for messages.
  func word(_ id: NodeID) -> String { "node \(id) (\(nodes[id].operation.word))" }
}
