/// What surrounds an image in a convolution.
public enum Padding: Sendable, Hashable, ExpressibleByIntegerLiteral {
  /// Nothing: the output has `(H - K) / stride + 1` lines, rounded down.
  case valid
  /// `(K - 1) / 2` zeros on each side, for an odd K: the output has `H / stride` lines, rounded up.
  case same
  /// That many zeros above and below, and left and right.
  case pixels(Extent2D)

  /// The same number of zeros on each side.
  public init(integerLiteral value: Int) { self = .pixels(Extent2D(value, value)) }

  /// Zeros on each side for a kernel of which neighbours read pixels `dilation` apart.
  func extent(kernel: Extent2D, dilation: Int) throws(ShapeProblem) -> Extent2D {
    switch self {
    case .valid: return 0
    case .pixels(let extent): return extent
    case .same:
      let (height, width) = (dilation * (kernel.height - 1), dilation * (kernel.width - 1))
      guard height % 2 == 0, width % 2 == 0 else {
        throw .invalid(
          "padding .same needs a kernel with a middle, not \(kernel.height) x \(kernel.width); "
            + "give the padding as a number")
      }
      return Extent2D(height / 2, width / 2)
    }
  }
}

/// A convolution of an image: `[H, W, C]` to `[OH, OW, filters]`; parameters `weight [KH, KW, C / groups, filters]`
/// and `bias [filters]`.
public struct Conv2D: Layer {
  let filters: Int, kernel: Extent2D, stride: Int, padding: Padding, dilation: Int, groups: Int
  let bias: Bool

  /// A convolution.
  ///
  /// - Parameters:
  ///   - filters: Channels of the output.
  ///   - kernel: Lines and pixels that meet in one output pixel: a number, or `Extent2D(3, 5)`.
  ///   - stride: Input pixels from one output pixel to the next.
  ///   - padding: `.valid`, `.same`, or the zeros on each side.
  ///   - dilation: Input pixels from one tap of the kernel to the next.
  ///   - groups: Parts of the channels that do not mix; divides those of input and output.
  ///   - bias: Whether there is a bias; none is needed before a normalisation.
  public init(
    _ filters: Int, kernel: Extent2D, stride: Int = 1, padding: Padding = .valid,
    dilation: Int = 1, groups: Int = 1, bias: Bool = true
  ) {
    (self.filters, self.kernel, self.stride, self.padding) = (filters, kernel, stride, padding)
    (self.dilation, self.groups, self.bias) = (dilation, groups, bias)
  }

  /// Adds the convolution.
  public func add(
    to context: inout LayerContext, behind input: NodeID
  ) throws(GraphError) -> NodeID {
    let padding: Extent2D
    do {
      padding = try self.padding.extent(kernel: kernel, dilation: dilation)
    } catch {
      throw context.error(error, inputs: [input])
    }
    return try context.add(
      Convolution(
        outputs: filters, kernel: kernel, stride: stride, padding: padding, dilation: dilation,
        groups: groups, bias: bias), to: [input])
  }
}

/// A convolution of each channel by itself: `[H, W, C]` to `[OH, OW, C * multiplier]`; parameters
/// `weight [KH, KW, 1, C * multiplier]` and `bias [C * multiplier]`.
public struct DepthwiseConv2D: Layer {
  let kernel: Extent2D, multiplier: Int, stride: Int, padding: Padding, dilation: Int, bias: Bool

  /// A depthwise convolution.
  ///
  /// - Parameters:
  ///   - kernel: Lines and pixels that meet in one output pixel.
  ///   - multiplier: Output channels of one input channel.
  ///   - stride: Input pixels from one output pixel to the next.
  ///   - padding: `.valid`, `.same`, or the zeros on each side.
  ///   - dilation: Input pixels from one tap of the kernel to the next.
  ///   - bias: Whether there is a bias.
  public init(
    kernel: Extent2D, multiplier: Int = 1, stride: Int = 1, padding: Padding = .valid,
    dilation: Int = 1, bias: Bool = true
  ) {
    (self.kernel, self.multiplier, self.stride) = (kernel, multiplier, stride)
    (self.padding, self.dilation, self.bias) = (padding, dilation, bias)
  }

  /// Adds a convolution with as many groups as the input has channels.
  public func add(
    to context: inout LayerContext, behind input: NodeID
  ) throws(GraphError) -> NodeID {
    let shape = context.shape(of: input)
    guard shape.rank == 3 else {
      throw context.error(.expected("an image [H, W, C]"), inputs: [input])
    }
    let channels = shape.dimensions[2]
    return try Conv2D(
      channels * multiplier, kernel: kernel, stride: stride, padding: padding,
      dilation: dilation, groups: channels, bias: bias
    ).add(to: &context, behind: input)
  }
}
