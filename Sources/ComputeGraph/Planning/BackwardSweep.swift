/// The sweep from the loss to the input: which gradients are needed, and the parts of them that are there.
///
/// A node that several others read gets its gradient in parts. Each part is added by the kernel that writes the
/// next one, in the order of the sweep, and the last one also takes it back through the node's activation.
final class BackwardSweep {
  let builder: PlanBuilder
  /// Whether a node's gradient is needed: a parameter lies at or before it.
  let needsGradient: [Bool]
  private var partial: [NodeID: TensorID] = [:]
  private var remaining: [Int]
  /// Activations whose gradient has been taken back to their input already.
  private var passed: Set<NodeID> = []
  /// The tensor that holds the gradient of each node's output, where there is one.
  private(set) var gradients: [NodeID: TensorID] = [:]

  init(_ builder: PlanBuilder) {
    self.builder = builder
    var needs: [Bool] = []
    for node in builder.graph.nodes {
      let trains = node.parameters.contains { builder.graph.parameters[$0].isTrained }
      needs.append(trains || node.inputs.contains { needs[$0] })
    }
    needsGradient = needs
    remaining = builder.consumers.map { consumers in consumers.count { needs[$0] } }
  }

  /// Adds the backward steps of all nodes.
  func run() {
    let nodes = builder.graph.nodes
    for (id, node) in nodes.enumerated().reversed() where needsGradient[id] {
      if let checkpoint = node.checkpoint, nodes[(id + 1)...].first?.checkpoint != checkpoint {
        builder.recompute(checkpoint)
      }
      if node.operation is Reshape { continue }
      let isLoss = id == nodes.count - 1
      // A node that leads nowhere has no gradient.
      guard let dy = isLoss ? builder.outputs[id] : partial[id] else { continue }
      if passed.contains(id) {
        pass(dy, to: node.inputs[0])
        continue
      }
      gradients[id] = dy
      var context = BackwardContext(builder: builder, sweep: self, node: id, dy: dy)
      node.operation.backward(&context)
    }
  }

  /// A new tensor for a part of the gradient of a node.
  func target(for node: NodeID) -> GradientTarget? {
    let node = builder.source(node)
    guard needsGradient[node] else { return nil }
    remaining[node] -= 1
    let dx = builder.add(
      Tensor(name: "d\(node)", shape: builder.graph.nodes[node].shape))
    var target = GradientTarget(dx: dx)
    if let addend = partial[node] {
      target.options.append(Step.Option("GRADIENT_ADDS", 1))
      target.arguments.append(.input(addend))
    }
    if builder.fuses, remaining[node] == 0,
      let activation = builder.graph.nodes[node].operation as? Activation,
      let made = builder.made[node]
    {
      target.options += activation.gradientOptions
      target.arguments.append(.input(made))
      passed.insert(node)
    }
    partial[node] = dx
    return target
  }

  /// A tensor that exists is a part of the gradient of a node.
  func pass(_ gradient: TensorID, to node: NodeID) {
    let node = builder.source(node)
    guard needsGradient[node] else { return }
    remaining[node] -= 1
    guard let addend = partial[node] else {
      partial[node] = gradient
      return
    }
    let shape = builder.graph.nodes[node].shape
    let sum = builder.add(Tensor(name: "d\(node)", shape: shape))
    builder.backward.append(
      Step(
        "elementwise_add",
        [.output(sum), .input(addend), .input(gradient), .examples(), .int(shape.count)],
        workItems: [.of(.perExample(shape.count), perItem: elementwiseBlock)]))
    partial[node] = sum
  }
}
