/// Normalises each row of the last dimension by its mean and variance, then scales and shifts it (Ba et al., "Layer
/// normalization", 2016).
public struct LayerNormalization: Operation, Hashable {
  /// Added to the variance.
  public let epsilon: Float

  /// A layer normalisation.
  public init(epsilon: Float = 1e-5) { self.epsilon = epsilon }

  /// The word in messages.
  public var word: String { "layer_norm" }
  /// Its kernel can end with a tail.
  public var fusesTail: Bool { true }

  /// The same shape.
  public func outputShape(of inputs: [Shape]) throws(ShapeProblem) -> Shape {
    try RowNormalization.outputShape(of: inputs[0], epsilon: epsilon)
  }

  /// `scale` and `shift`, `[D]` each.
  public func parameters(of inputs: [Shape]) -> [Parameter] {
    Parameter.scaleAndShift(inputs[0].dimensions[inputs[0].rank - 1])
  }

  /// Mean, variance and the normalised value of each element.
  public func forwardOperations(inputs: [Shape], output: Shape) -> Int { 8 * output.count }

  /// One step, which keeps mean and inverse deviation of each row.
  public func forward(_ f: inout ForwardContext) {
    RowNormalization(f.inputShape, epsilon: epsilon, isRootMeanSquare: false).forward(&f)
  }

  /// Gradients of the shift, the scale and the input.
  public func backward(_ b: inout BackwardContext) {
    RowNormalization(b.inputShape, epsilon: epsilon, isRootMeanSquare: false).backward(&b)
  }
}

/// Divides each row of the last dimension by its root mean square, then scales it (Zhang and Sennrich, "Root mean
/// square layer normalization", NeurIPS 2019).
public struct RMSNormalization: Operation, Hashable {
  /// Added to the mean square.
  public let epsilon: Float

  /// A root-mean-square normalisation.
  public init(epsilon: Float = 1e-6) { self.epsilon = epsilon }

  /// The word in messages.
  public var word: String { "rms_norm" }
  /// Its kernel can end with a tail.
  public var fusesTail: Bool { true }

  /// The same shape.
  public func outputShape(of inputs: [Shape]) throws(ShapeProblem) -> Shape {
    try RowNormalization.outputShape(of: inputs[0], epsilon: epsilon)
  }

  /// `scale`, `[D]`.
  public func parameters(of inputs: [Shape]) -> [Parameter] {
    [Parameter.scaleAndShift(inputs[0].dimensions[inputs[0].rank - 1])[0]]
  }

  /// Mean square and the scaled value of each element.
  public func forwardOperations(inputs: [Shape], output: Shape) -> Int { 5 * output.count }

  /// One step, which keeps the inverse root of each row.
  public func forward(_ f: inout ForwardContext) {
    RowNormalization(f.inputShape, epsilon: epsilon, isRootMeanSquare: true).forward(&f)
  }

  /// Gradients of the scale and the input.
  public func backward(_ b: inout BackwardContext) {
    RowNormalization(b.inputShape, epsilon: epsilon, isRootMeanSquare: true).backward(&b)
  }
}

/// The steps of layer_norm.cl for one shape.
private struct RowNormalization {
  let rows: Int, d: Int
  let epsilon: Float
  let isRootMeanSquare: Bool

  init(_ shape: Shape, epsilon: Float, isRootMeanSquare: Bool) {
    d = shape.dimensions[shape.rank - 1]
    rows = shape.count / d
    self.epsilon = epsilon
    self.isRootMeanSquare = isRootMeanSquare
  }

  static func outputShape(of x: Shape, epsilon: Float) throws(ShapeProblem) -> Shape {
    guard x.rank > 0 else { throw .expected("at least one dimension [D]") }
    guard epsilon > 0 else { throw .invalid("epsilon \(epsilon) must be positive") }
    return x
  }

  private var options: [Step.Option] { [Step.Option("RMS", isRootMeanSquare ? 1 : 0)] }
  private var workItems: [Step.Extent] { [.of(.perExample(rows), perItem: 16)] }
  private var sizes: [Step.Argument] { [.examples(), .int(rows), .int(d)] }

  func forward(_ f: inout ForwardContext) {
    let moments = f.saved("moments", shape: [rows, 2])
    let shift: [Step.Argument] = isRootMeanSquare ? [] : [.weight(f.parameters[1])]
    f.add(
      "layer_norm_forward",
      [.output(f.output), .output(moments), .input(f.x), .weight(f.parameters[0])] + shift + sizes
        + [.float(epsilon)], options: options, workItems: workItems)
  }

  func backward(_ b: inout BackwardContext) {
    let moments = b.saved("moments")
    if !isRootMeanSquare { b.addBias(b.parameters[1], dy: b.dy, rows: rows, columns: d) }
    b.addGradient(
      "layer_norm_backward_scale", of: b.parameters[0], inputs: [b.dy, b.x, moments],
      sizes: [rows, d], options: options, workItems: [.of(.fixed(d), perItem: 16)])
    guard let target = b.target(input: 0) else { return }
    b.add(
      "layer_norm_backward_input", target,
      [.input(b.dy), .input(b.x), .input(moments), .weight(b.parameters[0])] + sizes,
      options: options, workItems: workItems)
  }
}
