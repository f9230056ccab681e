/// The mean over an example's elements of a distance between predictions and float targets of the same shape.
protocol Regression: LossOperation {
  /// The number by which regression.cl knows the distance.
  var code: Int { get }
  /// Huber's delta; ignored by the others.
  var delta: Float { get }
}

extension Regression {
  var delta: Float { 1 }

  /// One loss per example.
  public func outputShape(of inputs: [Shape]) throws(ShapeProblem) -> Shape { [] }
  /// Floats, of the shape of the predictions.
  public func target(of x: Shape) -> (shape: Shape, element: Tensor.Element) { (x, .float) }
  /// An example counts as one.
  public func predictions(of x: Shape) -> Int { 1 }
  /// Three per element.
  public func forwardOperations(inputs: [Shape], output: Shape) -> Int { 3 * inputs[0].count }

  private var options: [Step.Option] { [Step.Option("REGRESSION", code)] }

  /// One step.
  public func forward(_ f: inout ForwardContext) {
    f.add(
      Step(
        "regression_forward",
        [
          .output(f.output), .output(f.loss.correct), .output(f.loss.counted), .input(f.x),
          .input(f.loss.targets), .examples(), .int(f.inputShape.count), .float(delta),
        ], options: options, workItems: [.of(.perExample(1))]))
  }

  /// One step.
  public func backward(_ b: inout BackwardContext) {
    let dx = b.addTensor(like: b.x)
    b.add(
      Step(
        "regression_backward",
        [
          .output(dx), .input(b.x), .input(b.loss.targets), .examples(), .int(b.inputShape.count),
          .float(delta),
        ], options: options, workItems: b.elementwiseItems(dx)))
    b.pass(dx, toInput: 0)
  }
}

/// `(x - t)^2`.
public struct MeanSquaredError: Regression, Hashable {
  /// A mean squared error.
  public init() {}
  /// The word in messages.
  public var word: String { "mean_squared_error" }
  var code: Int { 1 }
}

/// `(x - t)^2 / 2` up to a distance of delta, `delta (|x - t| - delta / 2)` beyond (Huber, 1964).
public struct Huber: Regression, Hashable {
  /// Where the square becomes a line.
  public let delta: Float

  /// A Huber loss.
  public init(delta: Float = 1) { self.delta = delta }

  /// The word in messages.
  public var word: String { "huber" }
  var code: Int { 2 }

  /// One loss per example.
  public func outputShape(of inputs: [Shape]) throws(ShapeProblem) -> Shape {
    guard delta > 0, delta.isFinite else {
      throw .invalid("delta \(delta) must be a positive number")
    }
    return []
  }
}

/// Cross-entropy of a logit against the probability t of a one: `max(x, 0) - x t + log(1 + exp(-|x|))`.
public struct BinaryCrossEntropy: Regression, Hashable {
  /// A binary cross-entropy of logits.
  public init() {}
  /// The word in messages.
  public var word: String { "binary_cross_entropy" }
  var code: Int { 3 }
}
