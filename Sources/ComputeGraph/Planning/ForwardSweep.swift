extension PlanBuilder {
  /// Adds the forward steps of all nodes, for training and for evaluation.
  func planForward(examples: TensorID) {
    outputs[0] = examples
    var fused: Set<NodeID> = []
    for (id, node) in graph.nodes.enumerated().dropFirst() {
      if node.operation is Reshape { continue }
      if fused.contains(id) { continue }
      let chain = tailChain(behind: id)
      fused.formUnion(chain.nodes)
      let last = chain.nodes.last ?? id
      let output: TensorID
      if node.operation is any LossOperation {
        output = add(Tensor(name: "loss", shape: []))
      } else {
        output = add(Tensor(name: "x\(last)", shape: graph.nodes[last].shape))
      }
      var tail = chain.tail
      planActivations(of: [id] + chain.nodes, &tail, output: output)
      outputs[last] = output
      let inputs = node.inputs.prefix(node.operation is Add ? 1 : node.inputs.count)
        .compactMap { outputs[source($0)] }
      for mode in [PlanMode.training, .evaluation] {
        var context = ForwardContext(
          self, node: id, mode: mode, tail: tail, inputs: inputs, output: output)
        node.operation.forward(&context)
        switch mode {
        case .training:
          forward += context.steps
          if let checkpoint = node.checkpoint {
            checkpointed[checkpoint, default: []] += context.steps
          }
        case .evaluation: evaluation += context.steps
        }
      }
    }
  }

  /// The element-wise nodes that join the kernel of a node, and their tail.
  private func tailChain(behind id: NodeID) -> (nodes: [NodeID], tail: Tail) {
    var tail = Tail()
    var chain: [NodeID] = []
    let node = graph.nodes[id]
    // An element-wise node on its own is a copy with a tail.
    if let own = extended(tail, by: id, after: node.inputs.first ?? id) {
      tail = own
    } else if !node.operation.fusesTail {
      return ([], tail)
    }
    guard fuses else { return ([], tail) }
    var current = id
    if node.operation is Embedding, consumers[id].count == 1, let next = consumers[id].first,
      graph.nodes[next].operation is Positions, graph.nodes[next].checkpoint == node.checkpoint
    {
      tail.positions = graph.nodes[next].parameters[0]
      chain.append(next)
      current = next
    }
    while consumers[current].count == 1, let next = consumers[current].first,
      graph.nodes[next].checkpoint == node.checkpoint,
      let longer = extended(tail, by: next, after: current)
    {
      tail = longer
      chain.append(next)
      current = next
    }
    return (chain, tail)
  }

  /// The tail with one more node, which reads `previous`; nil if it cannot join.
  private func extended(_ tail: Tail, by id: NodeID, after previous: NodeID) -> Tail? {
    var tail = tail
    let node = graph.nodes[id]
    switch node.operation {
    case let activation as Activation:
      guard tail.accepts(activation) else { return nil }
      if tail.first == nil && tail.dropout == nil && tail.residual == nil {
        tail.first = activation
      } else {
        tail.last = activation
      }
    case let dropout as Dropout:
      guard tail.acceptsDropout else { return nil }
      tail.dropout = (id, dropout)
    case is Add:
      let previous = source(previous)
      let other = source(node.inputs[0]) == previous ? node.inputs[1] : node.inputs[0]
      guard tail.acceptsResidual, let residual = outputs[source(other)] else { return nil }
      tail.residual = residual
    default:
      return nil
    }
    return tail
  }

  /// Decides what each activation's gradient will be computed from, and keeps it.
  private func planActivations(of nodes: [NodeID], _ tail: inout Tail, output: TensorID) {
    let last = nodes[nodes.count - 1]
    for id in nodes {
      guard let activation = graph.nodes[id].operation as? Activation else { continue }
      if activation.gradientNeedsInput || id != last {
        let saved =
          tail.saved ?? add(Tensor(name: "s\(id)", shape: graph.nodes[id].shape))
        tail.saved = saved
        made[id] = saved
      } else {
        made[id] = output
      }
    }
  }
}
