package import ComputeGraph

/// One operation over a batch `[N, …]` in double precision: what its kernels are measured against.
///
/// Plain loops, channels last, that share nothing with the kernels' structure. Shapes, weights and targets are
/// given when it is made.
package protocol ReferenceOperation {
  /// The output for a batch of each input.
  func forward(_ inputs: [[Double]]) -> [Double]
  /// The gradients, for a batch of each input and the gradient of the output.
  func backward(_ inputs: [[Double]], dy: [Double]) -> ReferenceGradients
}

/// What an operation's backward gives.
package struct ReferenceGradients {
  /// Gradient of each input; zeros for tokens.
  package var dinputs: [[Double]]
  /// Gradient of each parameter, summed over the batch.
  ///
  /// For a running statistic: the sum over the grains of the grain's mean, or unbiased variance.
  package var parameters: [[Double]] = []
}

/// What decides the output of an operation beside its inputs and weights.
package struct ReferenceSetting: Sendable {
  /// Examples of a grain, over which a batch normalisation takes its statistics; the last one may be shorter.
  package var grain: Int
  /// Whether dropout drops, and batches or running statistics normalise.
  package var mode = PlanMode.training
  /// Key of the dropout's random numbers.
  package var seed: UInt64 = 0
  /// Step of the training, in their counter.
  package var step: UInt32 = 0
  /// Index of each example in its data set, in their counter; nil: 0, 1, ….
  package var keys: [UInt32]?

  /// A setting for training.
  package init(grain: Int) { self.grain = grain }
}

extension Graph {
  /// The reference of one node.
  ///
  /// - Parameters:
  ///   - id: The node.
  ///   - weights: Values of the node's own parameters, by position.
  ///   - targets: What a loss compares its input with; class indices are whole numbers.
  ///   - setting: What else decides the output.
  /// - Returns: The operation.
  package func reference(
    _ id: NodeID, weights: [[Double]], targets: [Double], setting: ReferenceSetting
  ) -> any ReferenceOperation {
    let node = nodes[id]
    let shapes = node.inputs.map { nodes[$0].shape }
    switch node.operation {
    case let operation as Linear: return referenceProduct(operation, shapes[0], weights)
    case let operation as Convolution:
      return referenceProduct(operation, shapes[0], node.shape, weights)
    case let operation as MatrixProduct: return referenceProduct(operation, shapes, node.shape)
    case let operation as MaxPool:
      return ReferenceMaxPool(
        x: image(shapes[0]), y: image(node.shape), window: operation.window,
        stride: operation.stride, padding: operation.padding)
    case let operation as Activation: return ReferenceActivation(operation)
    case let operation as Softmax:
      return ReferenceSoftmax(columns: lastDimension(shapes[0]), logarithm: operation.logarithm)
    case let operation as Dropout:
      guard setting.mode == .training else { return .identity(shapes[0]) }
      return ReferenceDropout(
        probability: operation.probability, node: id, count: node.shape.count, setting: setting)
    case let operation as BatchNormalization:
      return setting.mode == .evaluation
        ? ReferenceRunningNormalization(operation, weights)
        : ReferenceNormalization(operation, shapes[0], weights, grain: setting.grain)
    case let operation as LayerNormalization:
      return ReferenceNormalization(operation, shapes[0], weights)
    case let operation as RMSNormalization:
      return ReferenceNormalization(operation, shapes[0], weights)
    case let operation as GroupNormalization:
      return ReferenceNormalization(operation, shapes[0], weights)
    case let operation as Embedding:
      return ReferenceEmbedding(width: operation.width, weight: weights[0])
    case is Positions: return ReferencePositions(weight: weights[0])
    case let operation as Attention: return ReferenceAttention(operation, shapes[0])
    case let operation as CrossEntropy:
      return ReferenceCrossEntropy(operation, shapes[0], targets: targets)
    case is MeanSquaredError: return ReferenceRegression.squared(targets, shapes[0])
    case let operation as Huber:
      return ReferenceRegression.huber(targets, shapes[0], delta: Double(operation.delta))
    case is BinaryCrossEntropy: return ReferenceRegression.binary(targets, shapes[0])
    default: return linearMap(node.operation, shapes, node.shape)
    }
  }

  /// Operations that are linear in their inputs and have no parameters.
  private func linearMap(
    _ operation: any Operation, _ inputs: [Shape], _ output: Shape
  ) -> any ReferenceOperation {
    switch operation {
    case is Add: return .sum(inputs)
    case is Reshape: return .identity(inputs[0])
    case let operation as Concatenate: return .concatenate(inputs, output, axis: operation.axis)
    case let operation as Slice:
      return .slice(inputs[0], output, axis: operation.axis, first: operation.range.lowerBound)
    case let operation as Transpose:
      return .transpose(inputs[0], output, permutation: operation.permutation)
    case let operation as Reduce:
      return .reduce(inputs[0], axes: operation.axes, isMean: operation.kind == .mean)
    case is GlobalAveragePool: return .reduce(inputs[0], axes: [0, 1], isMean: true)
    case let operation as AveragePool:
      return .averagePool(operation, image(inputs[0]), image(output))
    case let operation as RotaryPositions: return .rotary(operation, inputs[0])
    default: preconditionFailure("the reference does not know \(operation.word)")
    }
  }
}

/// A shape as an image.
func image(_ shape: Shape) -> ImageShape {
  guard let image = ImageShape(shape) else { preconditionFailure("\(shape) is no image") }
  return image
}

/// The last dimension of a shape.
func lastDimension(_ shape: Shape) -> Int {
  guard let last = shape.dimensions.last else { preconditionFailure("a scalar has no dimension") }
  return last
}

/// Zeros.
func zeros(_ count: Int) -> [Double] { Array(repeating: 0, count: count) }
