/// Softmax and cross-entropy against class indices, in nats: `[C]` logits and one class, or `[T, C]` and T tokens.
public struct CrossEntropy: LossOperation, Hashable {
  /// Share of the target that is spread over all classes.
  public let labelSmoothing: Float
  /// Targets with this index have no loss and do not count.
  public let ignoredIndex: Int?

  /// A cross-entropy.
  public init(labelSmoothing: Float = 0, ignoredIndex: Int? = nil) {
    self.labelSmoothing = labelSmoothing
    self.ignoredIndex = ignoredIndex
  }

  /// The word in messages.
  public var word: String { "cross_entropy" }

  /// One loss per example.
  public func outputShape(of inputs: [Shape]) throws(ShapeProblem) -> Shape {
    guard labelSmoothing >= 0, labelSmoothing < 1 else {
      throw .invalid("label smoothing \(labelSmoothing) must be at least 0 and less than 1")
    }
    guard (1...2).contains(inputs[0].rank) else { throw .expected("logits [C] or [T, C]") }
    return []
  }

  /// A class per prediction: `[]` or `[T]` integers.
  public func target(of x: Shape) -> (shape: Shape, element: Tensor.Element) {
    (Shape(x.dimensions.dropLast()), .int)
  }

  /// One per row of logits.
  public func predictions(of x: Shape) -> Int { x.count / classes(x) }

  private func classes(_ x: Shape) -> Int { x.dimensions[x.rank - 1] }

  /// No class index is negative, so the least integer ignores nothing.
  private var ignored: Step.Argument { .int(ignoredIndex ?? Int(Int32.min)) }

  /// The loss of each row, then the sum of each example.
  public func forward(_ f: inout ForwardContext) {
    let (tokens, classes) = (predictions(of: f.inputShape), classes(f.inputShape))
    let losses = f.saved("token_loss", shape: [tokens])
    let correct = f.saved("token_correct", shape: [tokens], element: .int)
    // The largest logit of each token, and 1 / the sum of the exponentials of the distances to it.
    let statistics = f.saved("statistics", shape: [tokens, 2])
    let targets = f.loss.targets
    f.add(
      Step(
        "cross_entropy_tokens",
        [
          .output(losses), .output(correct), .output(statistics), .input(f.x), .input(targets),
          .examples(), .int(tokens), .int(classes), .float(labelSmoothing), ignored,
        ], workItems: [.of(.perExample(tokens))]))
    f.add(
      Step(
        "cross_entropy_forward",
        [
          .output(f.output), .output(f.loss.correct), .output(f.loss.counted), .input(losses),
          .input(correct), .input(targets), .examples(), .int(tokens), ignored,
        ], workItems: [.of(.perExample(1))]))
  }

  /// Probabilities minus targets.
  public func backward(_ b: inout BackwardContext) {
    let (tokens, classes) = (predictions(of: b.inputShape), classes(b.inputShape))
    let dlogits = b.addTensor(like: b.x)
    b.add(
      Step(
        "cross_entropy_backward",
        [
          .output(dlogits), .input(b.x), .input(b.loss.targets), .input(b.saved("statistics")),
          .examples(), .int(tokens), .int(classes), .float(labelSmoothing), ignored,
        ], workItems: [.of(.perExample(tokens))]))
    b.pass(dlogits, toInput: 0)
  }
}
