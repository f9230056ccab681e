/// 2-D convolution, channels last: `[H, W, G * C]` to `[OH, OW, outputs]`, in G groups that do not mix.
///
/// Depthwise where every channel is a group and has one output: its kernels run along the channels.
public struct Convolution: Operation, Hashable {
  /// Output channels, of all groups together.
  public let outputs: Int
  /// Size of the filters, and zeros around the image, in pixels.
  public let kernel: Extent2D, padding: Extent2D
  /// Pixels from one output to the next, and from one tap to the next.
  public let stride: Int, dilation: Int
  /// Groups of channels.
  public let groups: Int
  /// Whether there is a bias.
  public let bias: Bool

  /// A convolution.
  public init(
    outputs: Int, kernel: Extent2D, stride: Int = 1, padding: Extent2D = 0, dilation: Int = 1,
    groups: Int = 1, bias: Bool = true
  ) {
    self.outputs = outputs
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.groups = groups
    self.bias = bias
  }

  /// The word in messages.
  public var word: String { "convolution" }
  /// Its kernel can end with a tail.
  public var fusesTail: Bool { true }

  /// `[OH, OW, outputs]`.
  public func outputShape(of inputs: [Shape]) throws(ShapeProblem) -> Shape {
    guard outputs > 0, kernel.height > 0, kernel.width > 0 else {
      throw .invalid("outputs \(outputs) and kernel \(kernel) must be positive")
    }
    guard stride > 0, dilation > 0, groups > 0 else {
      throw .invalid("stride \(stride), dilation \(dilation) and groups \(groups) must be positive")
    }
    guard padding.height >= 0, padding.width >= 0 else {
      throw .invalid("padding \(padding) must not be negative")
    }
    guard inputs[0].rank == 3, let image = ImageShape(inputs[0]) else {
      throw .expected("an image [H, W, C]")
    }
    guard image.channels % groups == 0, outputs % groups == 0 else {
      throw .invalid(
        "\(groups) groups must divide \(image.channels) input and \(outputs) output channels")
    }
    let height = image.height + 2 * padding.height - dilation * (kernel.height - 1) - 1
    let width = image.width + 2 * padding.width - dilation * (kernel.width - 1) - 1
    guard height >= 0, width >= 0 else {
      throw .expected(
        "an image of at least \(image.height - min(height, 0)) x \(image.width - min(width, 0)) pixels"
      )
    }
    return [height / stride + 1, width / stride + 1, outputs]
  }

  /// `weight`, `[KH, KW, C, outputs]` with the C channels of a group, and `bias` if there is one.
  public func parameters(of inputs: [Shape]) -> [Parameter] {
    let channels = inputs[0].dimensions[2] / groups
    let fanIn = kernel.height * kernel.width * channels
    let weight = Parameter.weight([kernel.height, kernel.width, channels, outputs], fanIn: fanIn)
    return bias ? [weight, .bias([outputs], fanIn: fanIn)] : [weight]
  }

  /// One fma per tap, channel and output.
  public func forwardOperations(inputs: [Shape], output: Shape) -> Int {
    2 * output.count * kernel.height * kernel.width * inputs[0].dimensions[2] / groups
  }

  /// Sizes of one application; C and M are channels of one group.
  struct Sizes {
    let h: Int, w: Int, c: Int, oh: Int, ow: Int, m: Int

    init(_ x: Shape, _ y: Shape, groups: Int) {
      (h, w, c) = (x.dimensions[0], x.dimensions[1], x.dimensions[2] / groups)
      (oh, ow, m) = (y.dimensions[0], y.dimensions[1], y.dimensions[2] / groups)
    }
  }

  private func isDepthwise(_ sizes: Sizes) -> Bool { sizes.c == 1 && sizes.m == 1 && groups > 1 }

  /// H, W, C, OH, OW, M, G, KH, KW, stride, paddings, dilation; C and M only where they are not 1.
  private func arguments(_ s: Sizes) -> [Int] {
    let channels =
      isDepthwise(s) ? [s.h, s.w, s.oh, s.ow, groups] : [s.h, s.w, s.c, s.oh, s.ow, s.m, groups]
    return channels
      + [kernel.height, kernel.width, stride, padding.height, padding.width, dilation]
  }

  /// One step, with the tail.
  public func forward(_ f: inout ForwardContext) {
    let s = Sizes(f.inputShape, f.outputShape, groups: groups)
    if usesWinograd(s) { return forwardByWinograd(&f, s) }
    let bias: [Step.Argument] = bias ? [.weight(f.parameters[1])] : []
    let options = [Step.Option("BIAS", self.bias ? 1 : 0)]
    let sizes = [.examples()] + arguments(s).map { Step.Argument.int($0) }
    if isDepthwise(s) {
      f.add(
        "depthwise_forward",
        [.output(f.output), .input(f.x), .weight(f.parameters[0])] + bias + sizes,
        options: options, workItems: [.of(.fixed(s.ow)), .of(.perExample(s.oh))])
      return
    }
    f.add(
      "convolution_forward",
      [
        .output(f.output), .input(f.x), .weight(f.parameters[0]),
        .input(f.builder.zeros(count: s.c)),
      ] + bias + sizes, options: options,
      workItems: [.tilesOfRows(.perExample(s.oh * s.ow)), .tilesOfColumns(s.m, groups: groups)],
      tile: Step.TileRequest(.pixels, rows: s.oh * s.ow, columns: s.m))
  }

  /// Gradients of the bias and the filters, then the input's.
  public func backward(_ b: inout BackwardContext) {
    let s = Sizes(b.inputShape, b.outputShape, groups: groups)
    if bias { b.addBias(b.parameters[1], dy: b.dy, rows: s.oh * s.ow, columns: outputs) }
    if usesWinograd(s) { return backwardByWinograd(&b, s) }
    if isDepthwise(s) {
      b.addGradient(
        "depthwise_backward_filters", of: b.parameters[0], inputs: [b.x, b.dy], sizes: arguments(s),
        workItems: [
          .of(.fixed(groups), perItem: 16), .of(.fixed(kernel.height * kernel.width)),
        ])
    } else if s.c < 4 {
      // Too few channels for the rows of a tile: they run over several taps.
      let rows = kernel.height * kernel.width * s.c
      b.addGradient(
        "convolution_backward_filters_few", of: b.parameters[0], inputs: [b.x, b.dy],
        sizes: arguments(s),
        workItems: [.tilesOfRows(.fixed(rows)), .tilesOfColumns(s.m, groups: groups)],
        tile: Step.TileRequest(.tapsAndChannels, rows: rows, columns: s.m))
    } else {
      b.addGradient(
        "convolution_backward_filters", of: b.parameters[0], inputs: [b.x, b.dy],
        sizes: arguments(s),
        workItems: [
          .tilesOfRows(.fixed(s.c)), .tilesOfColumns(s.m, groups: groups),
          .tilesOfTaps(kernel.height * kernel.width),
        ],
        tile: Step.TileRequest(
          .filters(taps: kernel.height * kernel.width), rows: s.c, columns: s.m))
    }
    guard let target = b.target(input: 0) else { return }
    let sizes = [.examples()] + arguments(s).map { Step.Argument.int($0) }
    let (phaseHeight, phaseWidth) = ((s.h + stride - 1) / stride, (s.w + stride - 1) / stride)
    if isDepthwise(s) {
      b.add(
        "depthwise_backward_input", target, [.input(b.dy), .weight(b.parameters[0])] + sizes,
        workItems: [.of(.fixed(s.w)), .of(.perExample(s.h))])
      return
    }
    let weight = b.parameters[0]
    let (taps, shape) = (kernel.height * kernel.width, b.builder.graph.parameters[weight].shape)
    let transposed = b.builder.derived(
      b.builder.graph.parameters[weight].name + ".transposed", shape: shape
    ) { y in
      Step(
        "convolution_transpose_filters",
        [
          .output(y), .weight(weight), .int(s.c), .int(s.m), .int(groups), .int(kernel.height),
          .int(kernel.width),
        ],
        workItems: [
          .of(.fixed(s.c), perItem: 16), .of(.fixed(groups * ((s.m + 15) / 16))), .of(.fixed(taps)),
        ])
    }
    b.add(
      "convolution_backward_input", target,
      [.input(b.dy), .input(transposed), .input(b.builder.zeros(count: s.m))] + sizes,
      workItems: [
        .tilesOfRows(.perExample(phaseHeight * phaseWidth)), .tilesOfColumns(s.c, groups: groups),
        .of(.fixed(stride * stride)),
      ], tile: Step.TileRequest(.pixels, rows: phaseHeight * phaseWidth, columns: s.c))
  }
}
