/// Mean over square windows of an image `[H, W, C]`.
public struct AveragePool: Operation, Hashable {
  /// Pixels of a window's side, from one window to the next, and around the image.
  public let window: Int, stride: Int, padding: Int
  /// Whether the zeros around the image count in the mean.
  public let countsPadding: Bool

  /// A pooling; windows do not overlap where no stride is given.
  public init(window: Int, stride: Int? = nil, padding: Int = 0, countsPadding: Bool = true) {
    self.window = window
    self.stride = stride ?? window
    self.padding = padding
    self.countsPadding = countsPadding
  }

  /// The word in messages.
  public var word: String { "average_pool" }
  /// Its kernel can end with a tail.
  public var fusesTail: Bool { true }

  /// `[H, W, C]` to `[OH, OW, C]`.
  public func outputShape(of inputs: [Shape]) throws(ShapeProblem) -> Shape {
    try PoolSizes.outputShape(of: inputs[0], window: window, stride: stride, padding: padding)
  }

  /// One addition per pixel of each window.
  public func forwardOperations(inputs: [Shape], output: Shape) -> Int {
    output.count * window * window
  }

  private var counts: Step.Argument { .int(countsPadding ? 1 : 0) }

  /// One step, with the tail.
  public func forward(_ f: inout ForwardContext) {
    let s = PoolSizes(f.inputShape, f.outputShape, window, stride, padding)
    f.add(
      "average_pool_forward",
      [.output(f.output), .input(f.x), .examples()] + s.arguments + [counts],
      workItems: s.perOutputPixel)
  }

  /// Each pixel gathers from the windows that hold it.
  public func backward(_ b: inout BackwardContext) {
    guard let target = b.target(input: 0) else { return }
    let s = PoolSizes(b.inputShape, b.outputShape, window, stride, padding)
    b.add(
      "average_pool_backward", target, [.input(b.dy), .examples()] + s.arguments + [counts],
      workItems: s.perInputPixel)
  }
}

/// Mean over all pixels of an image: `[H, W, C]` to `[C]`; or over all tokens, `[T, C]` to `[C]`.
public struct GlobalAveragePool: Operation, Hashable {
  /// A mean over everything but the last dimension.
  public init() {}

  /// The word in messages.
  public var word: String { "global_average_pool" }
  /// Its kernel can end with a tail.
  public var fusesTail: Bool { true }

  /// The last dimension alone.
  public func outputShape(of inputs: [Shape]) throws(ShapeProblem) -> Shape {
    guard inputs[0].rank >= 2 else { throw .expected("an image [H, W, C] or rows [T, C]") }
    return [inputs[0].dimensions[inputs[0].rank - 1]]
  }

  /// One addition per element of the input.
  public func forwardOperations(inputs: [Shape], output: Shape) -> Int { inputs[0].count }

  /// One step, with the tail.
  public func forward(_ f: inout ForwardContext) {
    let c = f.outputShape.count
    f.add(
      "global_average_forward",
      [.output(f.output), .input(f.x), .examples(), .int(f.inputShape.count / c), .int(c)],
      workItems: [.of(.fixed(c), perItem: 16), .of(.perExample(1))])
  }

  /// Every pixel has the same share.
  public func backward(_ b: inout BackwardContext) {
    guard let target = b.target(input: 0) else { return }
    let c = b.outputShape.count
    b.add(
      "global_average_backward", target,
      [.input(b.dy), .examples(), .int(b.inputShape.count / c), .int(c)],
      workItems: [.of(.fixed(c), perItem: 16), .of(.perExample(1))])
  }
}
