/// The steps of one training step on one device, in order, and the tensors they need.
///
/// A pure function of the graph: it knows no device, no number of examples and no placement.
public struct Plan: Sendable {
  /// The network.
  public let graph: Graph
  /// Every tensor, by id.
  public let tensors: [Tensor]
  /// Values of the tensors that nothing computes, such as tables of angles.
  public let tables: [TensorID: [Float]]
  /// Steps that turn weights into other layouts; they run once, after the weights have changed.
  public let prologue: [Step]
  /// Forward steps, ending with the loss; in training, and in evaluation.
  public let forward: [Step], evaluation: [Step]
  /// Backward steps; a parameter's gradient is final when the step that `completions` names has run.
  public let backward: [Step]
  /// The parameter that each backward step completes, if any.
  public let completions: [ParameterID?]
  /// The examples and their targets: class indices, tokens or values.
  public let examples: TensorID, targets: TensorID
  /// Per example: the sum of the losses of its predictions, how many were right, and how many counted.
  public let loss: TensorID, correct: TensorID, counted: TensorID

  /// The tensors that hold each node's output, and the gradient of it; those that exist only in registers, or are
  /// another node's, are missing.
  package let outputs: [NodeID: TensorID], gradients: [NodeID: TensorID]

  /// Parameters in the order in which backward completes their gradients.
  public var completionOrder: [ParameterID] { completions.compactMap { $0 } }

  /// Plans a graph that ends with a loss.
  ///
  /// - Parameters:
  ///   - graph: The network.
  ///   - fuses: Whether element-wise operations join the kernels before them, and their gradients the kernels
  ///     behind them. Both ways give the same bits.
  /// - Throws: `GraphError` where the graph has no loss at its end, or a parameter that the loss does not depend on.
  public init(_ graph: Graph, fuses: Bool = true) throws(GraphError) {
    self.graph = graph
    let last = graph.nodes[graph.lastNode]
    guard let lossOperation = last.operation as? any LossOperation else {
      throw .invalidLayer(
        layer: last.operation.word, position: graph.lastNode,
        problem: "the last layer must be a loss")
    }
    let builder = PlanBuilder(graph, fuses: fuses)
    examples = builder.add(
      Tensor(name: "x0", shape: graph.inputShape, element: graph.inputElement))
    let target = lossOperation.target(of: graph.nodes[last.inputs[0]].shape)
    targets = builder.add(Tensor(name: "targets", shape: target.shape, element: target.element))
    correct = builder.add(Tensor(name: "correct", shape: [], element: .int))
    counted = builder.add(Tensor(name: "counted", shape: [], element: .int))
    builder.loss = PlanBuilder.Loss(targets: targets, correct: correct, counted: counted)
    builder.planForward(examples: examples)
    loss = builder.outputs[graph.lastNode] ?? 0
    // Before a checkpoint's copies take their place.
    outputs = Dictionary(
      uniqueKeysWithValues: builder.outputs.enumerated().compactMap { id, tensor in
        tensor.map { (id, $0) }
      })
    let sweep = BackwardSweep(builder)
    sweep.run()
    gradients = sweep.gradients

    (tensors, tables, prologue) = (builder.tensors, builder.tables, builder.prologue)
    (forward, evaluation) = (builder.forward, builder.evaluation)
    var contributed: Set<ParameterID> = []
    var steps = builder.backward
    for index in steps.indices {
      guard let parameter = steps[index].parameter else { continue }
      steps[index].isFirstContribution = contributed.insert(parameter).inserted
    }
    backward = steps
    completions = steps.indices.map { index in
      guard let parameter = steps[index].parameter,
        !steps[(index + 1)...].contains(where: { $0.parameter == parameter })
      else { return nil }
      return parameter
    }
    for (id, parameter) in graph.parameters.enumerated() where !contributed.contains(id) {
      throw .invalidLayer(
        layer: parameter.name, position: graph.lastNode,
        problem: "the loss does not depend on this parameter; remove its layer or connect it")
    }
  }
}
