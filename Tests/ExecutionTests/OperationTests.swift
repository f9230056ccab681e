import ComputeGraph
import Execution
import TestSupport
import Testing

// Every operation of every device against the reference in double precision.
@Suite("Operations")
struct OperationTests {
  /// Largest error of a tensor, relative to its largest magnitude, over the whole depth of a network.
  private static let networkTolerance = 2e-6

  /// The same of one operation on the device's own inputs.
  private static let operationTolerance = 1e-6

  @Test(
    "all tensors and gradients of a network are those of the reference",
    arguments: try testDevices(), TestNetwork.all)
  func network(_ device: TestDevice, _ network: TestNetwork) throws {
    let graph = try network.graph()
    let source = MemoryExamples(random: network.examples, for: graph, seed: 5)
    let weights = graph.initialWeights(seed: 6)
    let expected = ReferenceNetwork(graph, weights: weights).pass(source)
    for fusesReLU in [true, false] {
      var setting = RunSetting(network)
      setting.fusesReLU = fusesReLU
      let recording = try device.record(graph, weights: weights, source: source, setting: setting)
      let roles = TensorRoles(recording.plan)
      let label = fusesReLU ? "fused" : "unfused"
      for (node, tensor) in roles.outputs {
        expectClose(
          recording.tensors[tensor], expected.outputs[node], relative: Self.networkTolerance,
          "output of \(graph.word(node)), \(label)")
      }
      for (node, tensor) in roles.gradients {
        expectClose(
          recording.tensors[tensor], expected.gradients[node], relative: Self.networkTolerance,
          "gradient of \(graph.word(node)), \(label)")
      }
      for (id, parameter) in graph.parameters.enumerated() {
        expectClose(
          recording.sums[id].map(setting.scale.gradient), expected.parameters[id],
          relative: Self.networkTolerance, "gradient of \(parameter.name), \(label)")
      }
      #expect(recording.magnitudes.allSatisfy { $0 == 0 })
      let classes = graph.nodes[graph.nodes.count - 2].shape.count
      #expect(recording.correct == expected.correct(classes: classes, labels: source.labels))
    }
  }

  @Test(
    "each operation alone is that of the reference on the same inputs",
    arguments: try testDevices(), TestNetwork.all)
  func operations(_ device: TestDevice, _ network: TestNetwork) throws {
    let graph = try network.graph()
    let source = MemoryExamples(random: network.examples, for: graph, seed: 7)
    let weights = graph.initialWeights(seed: 8)
    let reference = ReferenceNetwork(graph, weights: weights)
    var setting = RunSetting(network)
    setting.fusesReLU = false
    let recording = try device.record(graph, weights: weights, source: source, setting: setting)
    let roles = TensorRoles(recording.plan)
    for (id, node) in graph.nodes.enumerated().dropFirst() where node.operation != .flatten {
      let operation = reference.operation(id, source.labels.map(Int.init))
      let tensor = try #require(roles.outputs[graph.beforeFlatten(id - 1)])
      let x = recording.tensors[tensor].map(Double.init)
      let y = recording.tensors[try #require(roles.outputs[id])]
      let word = graph.word(id)
      expectClose(
        y, operation.forward(x), relative: Self.tolerance(of: node, forward: true),
        "output of \(word)")

      guard let dy = recording.gradient(of: id, roles) else { continue }
      let expected = operation.backward(x, dy: dy)
      if let dx = roles.gradients[id - 1] {
        expectClose(
          recording.tensors[dx], expected.dx, relative: Self.tolerance(of: node, forward: false),
          "dx of \(word)")
      }
      for (parameter, gradient) in zip(node.parameters, expected.parameters) {
        expectClose(
          recording.sums[parameter].map(setting.scale.gradient), gradient,
          relative: Self.operationTolerance,
          "gradient of \(graph.parameters[parameter].name)")
      }
    }
  }

  /// What only moves or drops numbers has no error at all; windows that overlap add their gradients.
  private static func tolerance(of node: Node, forward: Bool) -> Double {
    switch node.operation {
    case .relu: 0
    case .maxPool(let window, let stride): forward || window <= stride ? 0 : operationTolerance
    default: operationTolerance
    }
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

  /// The node whose output node `id` shows in another shape, if it is a flatten.
  func beforeFlatten(_ id: NodeID) -> NodeID {
    nodes[...id].lastIndex { $0.operation != .flatten } ?? 0
  }
}

extension Recording {
  /// The gradient of a node's output, through the flattens behind it; 1 for the losses; nil: nobody needs it.
  func gradient(of id: NodeID, _ roles: TensorRoles) -> [Double]? {
    if id == plan.graph.nodes.count - 1 { return losses.map { _ in 1 } }
    let behind = plan.graph.nodes[(id + 1)...].prefix { $0.operation == .flatten }
    let holder = (id...id + behind.count).first { roles.gradients[$0] != nil }
    return holder.flatMap { roles.gradients[$0] }.map { tensors[$0].map(Double.init) }
  }
}

extension ReferencePass {
  /// 1 where the largest logit is the label's, else 0.
  fileprivate func correct(classes: Int, labels: [Int32]) -> [Int32] {
    let logits = outputs[outputs.count - 2]
    return labels.enumerated().map { n, label in
      let row = logits[n * classes..<(n + 1) * classes]
      return row.firstIndex(of: row.max() ?? 0) == n * classes + Int(label) ? 1 : 0
    }
  }
}
