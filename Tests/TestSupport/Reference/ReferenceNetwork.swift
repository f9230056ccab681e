package import ComputeGraph

/// A network in double precision on the host: what devices are measured against.
package struct ReferenceNetwork {
  /// The network.
  package let graph: Graph
  /// One array per parameter, in the graph's layouts.
  package var weights: [[Double]]
  /// Grain, mode, and what decides which elements are dropped.
  package var setting: ReferenceSetting

  /// A network of the given weights.
  package init(_ graph: Graph, weights: [[Double]], setting: ReferenceSetting) {
    precondition(weights.map(\.count) == graph.parameters.map(\.shape.count))
    self.graph = graph
    self.weights = weights
    self.setting = setting
  }

  /// A network of the weights that a device has.
  package init(_ graph: Graph, weights: [[Float]], grain: Int) {
    self.init(
      graph, weights: weights.map { $0.map(Double.init) }, setting: ReferenceSetting(grain: grain))
  }

  /// Outputs of every node, for examples `[N, …]` (tokens are whole numbers) and their targets.
  package func forward(_ inputs: [Double], targets: [Double]) -> [[Double]] {
    var outputs = [inputs]
    for (id, node) in graph.nodes.enumerated().dropFirst() {
      outputs.append(operation(id, targets: targets).forward(node.inputs.map { outputs[$0] }))
    }
    return outputs
  }

  /// Forward and backward of examples `[N, …]`: gradients of the sum of the last node's elements, the losses.
  package func pass(_ inputs: [Double], targets: [Double]) -> ReferencePass {
    let outputs = forward(inputs, targets: targets)
    var gradients = outputs.map { zeros($0.count) }
    gradients[graph.lastNode] = outputs[graph.lastNode].map { _ in 1 }
    var parameters = weights.map { zeros($0.count) }
    for (id, node) in graph.nodes.enumerated().dropFirst().reversed() {
      let found = operation(id, targets: targets)
        .backward(node.inputs.map { outputs[$0] }, dy: gradients[id])
      for (input, part) in zip(node.inputs, found.dinputs) { add(part, to: &gradients[input]) }
      for (parameter, part) in zip(node.parameters, found.parameters) {
        add(part, to: &parameters[parameter])
      }
    }
    return ReferencePass(outputs: outputs, gradients: gradients, parameters: parameters)
  }

  /// The operation of one node, with its weights.
  package func operation(_ id: NodeID, targets: [Double]) -> any ReferenceOperation {
    graph.reference(
      id, weights: graph.nodes[id].parameters.map { weights[$0] }, targets: targets,
      setting: setting)
  }

  private func add(_ part: [Double], to sum: inout [Double]) {
    precondition(part.count == sum.count)
    for i in part.indices { sum[i] += part[i] }
  }
}

/// What a reference network computed for a batch.
package struct ReferencePass {
  /// Output of each node, `[N, …]`; the last is the loss per example.
  package let outputs: [[Double]]
  /// Gradient of the sum of the losses with respect to each node's output, `[N, …]`.
  package let gradients: [[Double]]
  /// Gradient with respect to each parameter, summed over the batch; for statistics, see `ReferenceGradients`.
  package let parameters: [[Double]]
  /// Loss of each example.
  package var losses: [Double] { outputs[outputs.count - 1] }
}
