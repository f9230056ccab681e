/// The steps of one training step on one device, in order, and the tensors they need.
///
/// A pure function of the graph: it knows no device, no number of examples and no placement.
public struct Plan: Sendable {
  /// The network.
  public let graph: Graph
  /// Every tensor, by id.
  public private(set) var tensors: [Tensor] = []
  /// Forward steps, ending with the loss.
  public private(set) var forward: [Step] = []
  /// Backward steps; a parameter's gradient is final when its `completedParameter` step has run.
  public private(set) var backward: [Step] = []
  /// The examples and their class indices.
  public private(set) var examples: TensorID = 0, labels: TensorID = 0
  /// One loss per example, and 1 where the largest logit is the label's, else 0.
  public private(set) var loss: TensorID = 0, correct: TensorID = 0

  /// Parameters in the order in which backward completes their gradients.
  public var completionOrder: [ParameterID] { backward.compactMap(\.completedParameter) }

  /// Plans a graph that ends with a cross-entropy.
  ///
  /// - Parameters:
  ///   - graph: The network.
  ///   - fusesReLU: Whether a ReLU joins the step before it, and its backward mask the step behind it.
  ///     Both ways give the same bits.
  /// - Throws: `GraphError` where the graph has no loss at its end.
  public init(_ graph: Graph, fusesReLU: Bool = true) throws(GraphError) {
    self.graph = graph
    let last = graph.nodes.count - 1
    guard graph.nodes[last].operation == .crossEntropy else {
      throw .invalidLayer(
        layer: graph.nodes[last].operation.word, position: last,
        problem: "the last layer must be cross_entropy")
    }
    labels = add(Tensor(name: "labels", shape: [], element: .int))
    let outputs = planForward(fusesReLU: fusesReLU)
    planBackward(outputs: outputs, fusesReLU: fusesReLU)
    for step in forward + backward {
      for (tensor, halo) in step.halos(in: tensors) {
        tensors[tensor].halo = max(tensors[tensor].halo, halo)
      }
    }
  }

  private mutating func add(_ tensor: Tensor) -> TensorID {
    tensors.append(tensor)
    return tensors.count - 1
  }

  /// Appends the forward steps and returns the tensor that holds each node's output.
  private mutating func planForward(fusesReLU: Bool) -> [TensorID] {
    var outputs: [TensorID] = []
    for (id, node) in graph.nodes.enumerated() {
      let x = node.input.map { outputs[$0] } ?? 0
      let p = node.parameters
      let nextIsReLU =
        fusesReLU && id + 1 < graph.nodes.count && graph.nodes[id + 1].operation == .relu
      func output(_ plan: inout Plan) -> TensorID {
        plan.add(Tensor(name: "x\(id)", shape: node.shape, element: .float))
      }
      switch node.operation {
      case .input:
        examples = output(&self)
        outputs.append(examples)
      case .linear:
        let y = output(&self)
        forward.append(.linearForward(y: y, x: x, weight: p[0], bias: p[1], relu: nextIsReLU))
        outputs.append(y)
      case .convolution(_, _, let padding):
        let y = output(&self)
        forward.append(
          .convolutionForward(
            y: y, x: x, weight: p[0], bias: p[1], padding: padding, relu: nextIsReLU))
        outputs.append(y)
      case .relu where fusesReLU && graph.nodes[id - 1].operation.fusesReLU:
        outputs.append(x)
      case .relu:
        let y = output(&self)
        forward.append(.reluForward(y: y, x: x))
        outputs.append(y)
      case .maxPool(let window, let stride):
        let y = output(&self)
        forward.append(.maxPoolForward(y: y, x: x, window: window, stride: stride))
        outputs.append(y)
      case .flatten:
        outputs.append(x)
      case .crossEntropy:
        loss = add(Tensor(name: "loss", shape: [], element: .float))
        correct = add(Tensor(name: "correct", shape: [], element: .int))
        forward.append(
          .crossEntropyForward(loss: loss, correct: correct, logits: x, labels: labels))
        outputs.append(loss)
      }
    }
    return outputs
  }

  /// Sweeps from the loss to the input, and stops where no parameter is left before a node.
  private mutating func planBackward(outputs: [TensorID], fusesReLU: Bool) {
    let firstTrained = graph.nodes.firstIndex { !$0.parameters.isEmpty } ?? graph.nodes.count
    var dy = outputs[outputs.count - 1]
    for (id, node) in graph.nodes.enumerated().reversed() {
      guard let input = node.input, id >= firstTrained else { break }
      // The step that reads a ReLU's output, also through a flatten, masks the gradient it hands back.
      let source = graph.nodes[..<id].lastIndex { $0.operation != .flatten } ?? 0
      let masks = fusesReLU && graph.nodes[source].operation == .relu && node.operation.masks
      if node.operation == .relu && isMasked(id, fusesReLU) { continue }
      if node.operation == .flatten && !isConvolutionOutput(input, fusesReLU) { continue }
      var dx: TensorID?
      if input >= firstTrained {
        dx = add(Tensor(name: "d\(input)", shape: tensors[outputs[input]].shape, element: .float))
      }
      // A ReLU's own backward reads its output, whose sign is its input's.
      let x = node.operation == .relu ? outputs[id] : outputs[input]
      backward += node.operation.gradientSteps(
        GradientContext(
          x: x, dy: dy, dx: dx, parameters: node.parameters, mask: masks, labels: labels))
      if let dx { dy = dx }
    }
  }

  /// Whether the gradient of a ReLU's output arrives with the ReLU's own backward applied.
  private func isMasked(_ relu: NodeID, _ fusesReLU: Bool) -> Bool {
    let reader = graph.nodes[(relu + 1)...].first { $0.operation != .flatten }
    return fusesReLU && reader?.operation.masks == true
  }

  /// Whether a node's gradient is read by a convolution's backward, which needs a halo around it.
  private func isConvolutionOutput(_ node: NodeID, _ fusesReLU: Bool) -> Bool {
    switch graph.nodes[node].operation {
    case .convolution: true
    case .relu where isMasked(node, fusesReLU): isConvolutionOutput(node - 1, fusesReLU)
    default: false
    }
  }
}

extension Operation {
  /// Whether the kernel of this operation can apply a ReLU to what it writes.
  var fusesReLU: Bool {
    switch self {
    case .linear, .convolution: true
    default: false
    }
  }

  /// Whether the backward kernel of this operation can mask the gradient of its input.
  var masks: Bool {
    switch self {
    case .linear, .convolution, .maxPool: true
    default: false
    }
  }
}
