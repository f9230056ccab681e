/// Normalises each channel by the mean and variance of its grain, then scales and shifts it (Ioffe and Szegedy, "Batch
/// normalization", ICML 2015).
///
/// The last dimension are channels. Statistics are those of a grain: its examples and all other dimensions. So they
/// do not depend on where grains are computed. In evaluation running statistics take their place: means over the
/// grains of each step of the mean and the unbiased variance, averaged over the steps.
public struct BatchNormalization: Operation, Hashable {
  /// Share of a step's statistics in the running ones.
  public let momentum: Float
  /// Added to the variance.
  public let epsilon: Float

  /// A batch normalisation.
  public init(momentum: Float = 0.1, epsilon: Float = 1e-5) {
    self.momentum = momentum
    self.epsilon = epsilon
  }

  /// The word in messages.
  public var word: String { "batch_norm" }
  /// Its kernel can end with a tail.
  public var fusesTail: Bool { true }

  /// The same shape.
  public func outputShape(of inputs: [Shape]) throws(ShapeProblem) -> Shape {
    guard inputs[0].rank > 0 else { throw .expected("at least one dimension [C]") }
    guard momentum > 0, momentum <= 1, epsilon > 0 else {
      throw .invalid("momentum \(momentum) must be in (0, 1] and epsilon \(epsilon) positive")
    }
    return inputs[0]
  }

  /// `scale`, `shift`, `running_mean` and `running_variance`, `[C]` each.
  public func parameters(of inputs: [Shape]) -> [Parameter] {
    let shape: Shape = [inputs[0].dimensions[inputs[0].rank - 1]]
    let statistic = Parameter.Role.statistic(momentum: momentum)
    return Parameter.scaleAndShift(shape.count) + [
      Parameter(name: "running_mean", shape: shape, role: statistic, initialValue: .constant(0)),
      Parameter(
        name: "running_variance", shape: shape, role: statistic, initialValue: .constant(1)),
    ]
  }

  /// Mean, variance and the normalised value of each element.
  public func forwardOperations(inputs: [Shape], output: Shape) -> Int { 6 * output.count }

  /// In training: sums of chunks of pixels, moments of the grain, then all elements, with the tail.
  public func forward(_ f: inout ForwardContext) {
    let s = NormalizationSizes(f.inputShape)
    let p = f.parameters
    guard f.mode == .training else {
      f.add(
        "batch_norm_evaluate",
        [
          .output(f.output), .input(f.x), .weight(p[2]), .weight(p[3]), .weight(p[0]),
          .weight(p[1]), .examples(), .int(s.p), .int(s.c), .float(epsilon),
        ], workItems: s.perPixels)
      return
    }
    let chunks = f.saved("chunks", shape: s.chunkShape)
    let moments = f.saved("moments", shape: [3, s.c], extent: .grain)
    f.add(
      Step(
        "batch_norm_chunks", [.output(chunks), .input(f.x)] + s.arguments, workItems: s.perChunk))
    f.add(
      Step(
        "batch_norm_statistics",
        [.output(moments), .input(chunks)] + s.arguments + [.float(epsilon)],
        workItems: s.perGrain))
    f.add(
      "batch_norm_forward",
      [.output(f.output), .input(f.x), .input(moments), .weight(p[0]), .weight(p[1])]
        + s.arguments, workItems: s.perPixels)
  }

  /// Sums over the grain; from them gradients of shift and scale, and what running statistics add; then the input's.
  public func backward(_ b: inout BackwardContext) {
    let s = NormalizationSizes(b.inputShape)
    let p = b.parameters
    let moments = b.saved("moments")
    let chunks = b.addTensor("chunk_sums", shape: s.chunkShape)
    let partials = b.addTensor("partials", shape: [2, s.c], extent: .grain)
    b.add(
      Step(
        "batch_norm_backward_chunks",
        [.output(chunks), .input(b.dy), .input(b.x), .input(moments)] + s.arguments,
        workItems: s.perChunk))
    b.add(
      Step(
        "batch_norm_backward_sums",
        [.output(partials), .input(chunks), .input(moments)] + s.arguments, workItems: s.perGrain))
    // beta, gamma, and what the running statistics are averaged from.
    b.addGrainSums(p[1], of: partials, stride: 2 * s.c, offset: 0)
    b.addGrainSums(p[0], of: partials, stride: 2 * s.c, offset: s.c)
    b.addGrainSums(p[2], of: moments, stride: 3 * s.c, offset: 0)
    b.addGrainSums(p[3], of: moments, stride: 3 * s.c, offset: 2 * s.c)
    guard let target = b.target(input: 0) else { return }
    b.add(
      "batch_norm_backward_input", target,
      [.input(b.dy), .input(b.x), .input(moments), .input(partials), .weight(p[0])] + s.arguments,
      workItems: s.perPixels)
  }
}
