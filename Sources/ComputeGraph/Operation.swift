/// What one node of a graph computes, per example.
public enum Operation: Sendable, Hashable {
  /// The examples themselves.
  case input
  /// `y[m] = bias[m] + sum over k of x[k] * weight[k, m]`.
  case linear(outputs: Int)
  /// 2-D convolution of stride 1 with square filters, channels last.
  case convolution(outputs: Int, kernel: Int, padding: Int)
  /// `max(x, 0)`.
  case relu
  /// Maximum over square windows, without padding.
  case maxPool(window: Int, stride: Int)
  /// The same elements as one dimension.
  case flatten
  /// Softmax and cross-entropy against a class index: one loss per example.
  case crossEntropy

  /// The word for this operation in messages and names.
  public var word: String {
    switch self {
    case .input: "input"
    case .linear: "linear"
    case .convolution: "convolution"
    case .relu: "relu"
    case .maxPool: "max_pool"
    case .flatten: "flatten"
    case .crossEntropy: "cross_entropy"
    }
  }

  /// The shape of the output for an input of shape `x`.
  ///
  /// - Throws: `GraphError` that names the layer, its position and both shapes.
  func outputShape(of x: Shape, at position: Int) throws(GraphError) -> Shape {
    func mismatch(_ expected: String) -> GraphError {
      .shapeMismatch(layer: word, position: position, expected: expected, actual: x)
    }
    func invalid(_ problem: String) -> GraphError {
      .invalidLayer(layer: word, position: position, problem: problem)
    }
    switch self {
    case .input, .relu:
      return x
    case .linear(let outputs):
      guard outputs > 0 else { throw invalid("outputs must be positive, not \(outputs)") }
      guard x.rank == 1 else { throw mismatch("one dimension [K]; put flatten before it") }
      return [outputs]
    case .convolution(let outputs, let kernel, let padding):
      guard outputs > 0, kernel > 0 else { throw invalid("outputs and kernel must be positive") }
      guard (0..<kernel).contains(padding) else {
        throw invalid("padding \(padding) must be less than the kernel \(kernel)")
      }
      guard x.rank == 3, let image = ImageShape(x) else { throw mismatch("an image [H, W, C]") }
      let shrink = kernel - 1 - 2 * padding
      guard image.height > shrink, image.width > shrink else {
        throw mismatch("an image of at least \(shrink + 1) x \(shrink + 1) pixels")
      }
      return [image.height - shrink, image.width - shrink, outputs]
    case .maxPool(let window, let stride):
      guard window > 0, stride > 0 else { throw invalid("window and stride must be positive") }
      guard x.rank == 3, let image = ImageShape(x) else { throw mismatch("an image [H, W, C]") }
      guard image.height >= window, image.width >= window else {
        throw mismatch("an image of at least \(window) x \(window) pixels")
      }
      return [
        (image.height - window) / stride + 1, (image.width - window) / stride + 1, image.channels,
      ]
    case .flatten:
      return [x.count]
    case .crossEntropy:
      guard x.rank == 1 else { throw mismatch("logits [C]") }
      return []
    }
  }

  /// The parameters of the operation for an input of shape `x`, which `outputShape` has accepted.
  func parameters(named name: String, input x: Shape) -> [Parameter] {
    switch self {
    case .linear(let outputs):
      let fanIn = x.dimensions[0]
      return [
        Parameter(name: name + ".weight", shape: [fanIn, outputs], fanIn: fanIn),
        Parameter(name: name + ".bias", shape: [outputs], fanIn: fanIn),
      ]
    case .convolution(let outputs, let kernel, _):
      let channels = x.dimensions[2]
      let fanIn = kernel * kernel * channels
      return [
        Parameter(
          name: name + ".weight", shape: [kernel, kernel, channels, outputs], fanIn: fanIn),
        Parameter(name: name + ".bias", shape: [outputs], fanIn: fanIn),
      ]
    case .input, .relu, .maxPool, .flatten, .crossEntropy:
      return []
    }
  }
}
