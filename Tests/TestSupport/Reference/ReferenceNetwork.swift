package import ComputeGraph

/// A network in double precision on the host: what the kernels are measured against.
///
/// Plain loops over whole batches `[N, …]`, channels last, that share nothing with the kernels' structure.
package struct ReferenceNetwork {
  /// The network.
  package let graph: Graph
  /// One array per parameter, in the graph's layouts.
  package var weights: [[Double]]

  /// A network of the given weights.
  package init(_ graph: Graph, weights: [[Double]]) {
    precondition(weights.map(\.count) == graph.parameters.map(\.shape.count))
    self.graph = graph
    self.weights = weights
  }

  /// A network of the weights that a device has.
  package init(_ graph: Graph, weights: [[Float]]) {
    self.init(graph, weights: weights.map { $0.map(Double.init) })
  }

  /// Forward and backward of the given examples; all by default.
  package func pass(_ source: MemoryExamples, examples: Range<Int>? = nil) -> ReferencePass {
    let examples = examples ?? 0..<source.count
    let size = source.exampleShape.count
    let values = source.values[examples.lowerBound * size..<examples.upperBound * size]
    return pass(values.map(Double.init), labels: source.labels[examples].map(Int.init))
  }

  /// Forward and backward of examples `[N, …]` with `N` classes.
  package func pass(_ values: [Double], labels: [Int]) -> ReferencePass {
    var outputs = [values]
    for id in graph.nodes.indices.dropFirst() {
      outputs.append(operation(id, labels).forward(outputs[id - 1]))
    }
    // The gradient of the sum of the losses.
    var gradients = outputs.map { _ in [Double]() }
    gradients[outputs.count - 1] = labels.map { _ in 1 }
    var parameters = weights
    for (id, node) in graph.nodes.enumerated().dropFirst().reversed() {
      let found = operation(id, labels).backward(outputs[id - 1], dy: gradients[id])
      gradients[id - 1] = found.dx
      for (parameter, gradient) in zip(node.parameters, found.parameters) {
        parameters[parameter] = gradient
      }
    }
    return ReferencePass(outputs: outputs, gradients: gradients, parameters: parameters)
  }

  /// The operation of one node, with its weights.
  package func operation(_ id: NodeID, _ labels: [Int]) -> any ReferenceOperation {
    let node = graph.nodes[id]
    let x = graph.nodes[max(id - 1, 0)].shape
    let parameters = node.parameters.map { weights[$0] }
    switch node.operation {
    case .linear:
      return ReferenceLinear(
        inputs: x.count, outputs: node.shape.count, weight: parameters[0], bias: parameters[1])
    case .convolution(_, let kernel, let padding):
      return ReferenceConvolution(
        x: image(x), y: image(node.shape), kernel: kernel, padding: padding, filters: parameters[0],
        bias: parameters[1])
    case .relu:
      return ReferenceReLU()
    case .maxPool(let window, let stride):
      return ReferenceMaxPool(x: image(x), y: image(node.shape), window: window, stride: stride)
    case .input, .flatten:
      return ReferenceIdentity()
    case .crossEntropy:
      return ReferenceCrossEntropy(classes: x.count, labels: labels)
    }
  }

  private func image(_ shape: Shape) -> ImageShape {
    guard let image = ImageShape(shape) else { preconditionFailure("\(shape) is no image") }
    return image
  }
}

/// What a reference network computed for a batch.
package struct ReferencePass {
  /// Output of each node, `[N, …]`; the last is the loss per example.
  package let outputs: [[Double]]
  /// Gradient of the sum of the losses with respect to each node's output, `[N, …]`.
  package let gradients: [[Double]]
  /// Gradient with respect to each parameter, summed over the batch.
  package let parameters: [[Double]]
  /// Loss of each example.
  package var losses: [Double] { outputs[outputs.count - 1] }
}

/// One operation over a batch: its output, and its gradients from the gradient of its output.
package protocol ReferenceOperation {
  /// The output for a batch `x`.
  func forward(_ x: [Double]) -> [Double]
  /// The gradients of the input and of the parameters, for a batch `x` and its output's gradient.
  func backward(_ x: [Double], dy: [Double]) -> ReferenceGradients
}

/// What an operation's backward gives.
package struct ReferenceGradients {
  /// Gradient of the input.
  package var dx: [Double]
  /// Gradients of weight and bias, where there are any.
  package var parameters: [[Double]] = []
}

/// The same elements: the input, and flatten.
package struct ReferenceIdentity: ReferenceOperation {
  package func forward(_ x: [Double]) -> [Double] { x }
  package func backward(_ x: [Double], dy: [Double]) -> ReferenceGradients {
    ReferenceGradients(dx: dy)
  }
}
