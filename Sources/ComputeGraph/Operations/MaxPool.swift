/// Maximum over square windows of an image `[H, W, C]`; the first of equal maxima has the gradient.
public struct MaxPool: Operation, Hashable {
  /// Pixels of a window's side, from one window to the next, and around the image.
  public let window: Int, stride: Int, padding: Int

  /// A pooling; windows do not overlap where no stride is given. Padding takes no part in the maxima.
  public init(window: Int, stride: Int? = nil, padding: Int = 0) {
    self.window = window
    self.stride = stride ?? window
    self.padding = padding
  }

  /// The word in messages.
  public var word: String { "max_pool" }
  /// Its kernel can end with a tail.
  public var fusesTail: Bool { true }

  /// `[H, W, C]` to `[OH, OW, C]`.
  public func outputShape(of inputs: [Shape]) throws(ShapeProblem) -> Shape {
    try PoolSizes.outputShape(of: inputs[0], window: window, stride: stride, padding: padding)
  }

  /// One comparison per pixel of each window.
  public func forwardOperations(inputs: [Shape], output: Shape) -> Int {
    output.count * window * window
  }

  /// One step, with the tail.
  public func forward(_ f: inout ForwardContext) {
    let s = PoolSizes(f.inputShape, f.outputShape, window, stride, padding)
    f.add(
      "max_pool_forward", [.output(f.output), .input(f.x), .examples()] + s.arguments,
      workItems: s.perOutputLine)
  }

  /// Each pixel gathers from the windows whose first maximum it is.
  public func backward(_ b: inout BackwardContext) {
    guard let target = b.target(input: 0) else { return }
    let s = PoolSizes(b.inputShape, b.outputShape, window, stride, padding)
    let isApart = window <= stride && padding == 0
    b.add(
      isApart ? "max_pool_backward_apart" : "max_pool_backward", target,
      [.input(b.dy), .input(b.x), .examples()] + s.arguments,
      workItems: isApart ? s.perCellLine : s.perInputPixel)
  }
}

/// Sizes of a pooling, as pool.cl takes them.
struct PoolSizes {
  let arguments: [Step.Argument]
  let perOutputPixel: [Step.Extent], perInputPixel: [Step.Extent]
  /// Lines of the output, and of cells of stride x stride input pixels.
  let perOutputLine: [Step.Extent], perCellLine: [Step.Extent]

  init(_ x: Shape, _ y: Shape, _ window: Int, _ stride: Int, _ padding: Int) {
    let (h, w, c) = (x.dimensions[0], x.dimensions[1], x.dimensions[2])
    let (oh, ow) = (y.dimensions[0], y.dimensions[1])
    arguments = [h, w, c, oh, ow, window, stride, padding].map { .int($0) }
    perOutputPixel = [.of(.fixed(ow)), .of(.perExample(oh))]
    perInputPixel = [.of(.fixed(w)), .of(.perExample(h))]
    perOutputLine = [.of(.perExample(oh))]
    perCellLine = [.of(.perExample((h + stride - 1) / stride))]
  }

  /// `[OH, OW, C]` for an image `[H, W, C]`.
  static func outputShape(
    of x: Shape, window: Int, stride: Int, padding: Int
  ) throws(ShapeProblem) -> Shape {
    guard window > 0, stride > 0 else {
      throw .invalid("window \(window) and stride \(stride) must be positive")
    }
    guard padding >= 0, 2 * padding <= window else {
      throw .invalid(
        "padding \(padding) must be at least 0 and at most half of the window \(window)")
    }
    guard x.rank == 3, let image = ImageShape(x) else { throw .expected("an image [H, W, C]") }
    let (height, width) = (image.height + 2 * padding, image.width + 2 * padding)
    guard height >= window, width >= window else {
      throw .expected(
        "an image of at least \(window - 2 * padding) x \(window - 2 * padding) pixels")
    }
    return [(height - window) / stride + 1, (width - window) / stride + 1, image.channels]
  }
}
