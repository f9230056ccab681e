/// Normalises groups of channels of each example by their mean and variance, then scales and shifts each channel (Wu
/// and He, "Group normalization", ECCV 2018).
///
/// The passes over memory are those of a batch normalisation with one example to a grain.
public struct GroupNormalization: Operation, Hashable {
  /// Groups of channels; they divide the last dimension.
  public let groups: Int
  /// Added to the variance.
  public let epsilon: Float

  /// A group normalisation.
  public init(groups: Int, epsilon: Float = 1e-5) {
    self.groups = groups
    self.epsilon = epsilon
  }

  /// The word in messages.
  public var word: String { "group_norm" }
  /// Its kernel can end with a tail.
  public var fusesTail: Bool { true }

  /// The same shape.
  public func outputShape(of inputs: [Shape]) throws(ShapeProblem) -> Shape {
    guard groups > 0, epsilon > 0 else {
      throw .invalid("groups \(groups) and epsilon \(epsilon) must be positive")
    }
    guard let channels = inputs[0].dimensions.last, channels % groups == 0 else {
      throw .expected("channels that \(groups) groups divide")
    }
    return inputs[0]
  }

  /// `scale` and `shift`, `[C]` each.
  public func parameters(of inputs: [Shape]) -> [Parameter] {
    Parameter.scaleAndShift(inputs[0].dimensions[inputs[0].rank - 1])
  }

  /// Mean, variance and the normalised value of each element.
  public func forwardOperations(inputs: [Shape], output: Shape) -> Int { 8 * output.count }

  /// Sums of chunks of pixels, moments of the groups, then all elements, with the tail.
  public func forward(_ f: inout ForwardContext) {
    let s = NormalizationSizes(f.inputShape)
    let chunks = f.saved("chunks", shape: s.chunkShape)
    let moments = f.saved("moments", shape: [3, s.c])
    f.add(
      Step(
        "batch_norm_chunks", [.output(chunks), .input(f.x)] + s.perExample,
        workItems: [s.channels, .of(.fixed(s.p), perItem: 256), .of(.perExample(1))]))
    f.add(
      Step(
        "group_norm_statistics",
        [
          .output(moments), .input(chunks), .examples(), .int(s.p), .int(s.c), .int(groups),
          .float(epsilon),
        ], workItems: [.of(.fixed(groups)), .of(.perExample(1))]))
    f.add(
      "batch_norm_forward",
      [
        .output(f.output), .input(f.x), .input(moments), .weight(f.parameters[0]),
        .weight(f.parameters[1]),
      ] + s.perExample, workItems: s.perPixels)
  }

  /// Sums over the pixels, gradients of shift and scale from them, then the input's.
  public func backward(_ b: inout BackwardContext) {
    let s = NormalizationSizes(b.inputShape)
    let p = b.parameters
    let moments = b.saved("moments")
    let chunks = b.addTensor("chunk_sums", shape: s.chunkShape)
    let partials = b.addTensor("partials", shape: [2, s.c])
    b.add(
      Step(
        "batch_norm_backward_chunks",
        [.output(chunks), .input(b.dy), .input(b.x), .input(moments)] + s.perExample,
        workItems: [s.channels, .of(.fixed(s.p), perItem: 256), .of(.perExample(1))]))
    b.add(
      Step(
        "batch_norm_backward_sums",
        [.output(partials), .input(chunks), .input(moments)] + s.perExample,
        workItems: [.of(.fixed(s.c), perItem: 16), .of(.perExample(1))]))
    // Part 0 is the shift's gradient, 1 the scale's.
    for (part, parameter) in [p[1], p[0]].enumerated() {
      b.addGradient(
        "group_norm_backward_scale", of: parameter, inputs: [partials], sizes: [part, s.c],
        workItems: [.of(.fixed(s.c), perItem: 16)])
    }
    guard let target = b.target(input: 0) else { return }
    let shares = b.addTensor("shares", shape: [2, s.c])
    b.add(
      Step(
        "group_norm_backward_shares",
        [
          .output(shares), .input(partials), .input(moments), .weight(p[0]), .examples(),
          .int(s.p), .int(s.c), .int(groups),
        ], workItems: [.of(.fixed(groups)), .of(.perExample(1))]))
    b.add(
      "group_norm_backward_input", target,
      [
        .input(b.dy), .input(b.x), .input(moments), .input(shares), .weight(p[0]), .examples(),
        .int(s.p), .int(s.c),
      ],
      workItems: [
        .of(.fixed(s.c), perItem: 16), .of(.fixed(s.p), perItem: 64), .of(.perExample(1)),
      ])
  }
}
