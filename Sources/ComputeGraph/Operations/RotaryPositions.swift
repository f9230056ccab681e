/// Rotates pairs of elements of queries and keys by angles that grow with the position (Su et al., "RoFormer", 2021).
///
/// `[T, W]`: `heads` heads of `headSize` elements from column `offset` on; elements i and i + headSize / 2 of a head are
/// a pair, turned by `t * base^(-2 i / headSize)`. Other columns stay.
public struct RotaryPositions: Operation, Hashable {
  /// Heads that are rotated, the elements of each, and the column of the first.
  public let heads: Int, headSize: Int, offset: Int
  /// The base of the wavelengths.
  public let base: Float

  /// A rotation.
  public init(heads: Int, headSize: Int, offset: Int = 0, base: Float = 10000) {
    self.heads = heads
    self.headSize = headSize
    self.offset = offset
    self.base = base
  }

  /// The word in messages.
  public var word: String { "rotary_positions" }

  /// The same shape.
  public func outputShape(of inputs: [Shape]) throws(ShapeProblem) -> Shape {
    guard heads > 0, headSize > 0, headSize % 2 == 0, offset >= 0, base > 0 else {
      throw .invalid(
        "heads of \(headSize) elements cannot be rotated; they must be even and positive")
    }
    guard inputs[0].rank == 2, inputs[0].dimensions[1] >= offset + heads * headSize else {
      throw .expected("rows [T, W] of at least \(offset + heads * headSize) columns")
    }
    return inputs[0]
  }

  /// Three per rotated element.
  public func forwardOperations(inputs: [Shape], output: Shape) -> Int {
    3 * inputs[0].dimensions[0] * heads * headSize
  }

  /// One rotation, behind a copy where columns stay as they are.
  public func forward(_ f: inout ForwardContext) {
    for step in steps(f.builder, output: f.output, input: f.x, f.inputShape, isInverse: false) {
      f.add(step)
    }
  }

  /// The same rotation backwards.
  public func backward(_ b: inout BackwardContext) {
    guard b.needs(input: 0) else { return }
    let dx = b.addTensor(like: b.dy)
    for step in steps(b.builder, output: dx, input: b.dy, b.inputShape, isInverse: true) {
      b.add(step)
    }
    b.pass(dx, toInput: 0)
  }

  private func steps(
    _ builder: PlanBuilder, output: TensorID, input: TensorID, _ shape: Shape, isInverse: Bool
  ) -> [Step] {
    let (t, width) = (shape.dimensions[0], shape.dimensions[1])
    let suffix = "\(t) x \(headSize / 2), base \(base)"
    let cosines = builder.table("cosines " + suffix, shape: [t, headSize / 2]) {
      angles(t).map { Float(RealMath.cosine($0)) }
    }
    let sines = builder.table("sines " + suffix, shape: [t, headSize / 2]) {
      angles(t).map { Float(RealMath.sine($0)) }
    }
    let copy = Step(
      "elementwise_forward", [.output(output), .input(input), .examples(), .int(shape.count)],
      workItems: [.of(.perExample(shape.count), perItem: elementwiseBlock)])
    let rotate = Step(
      "rope",
      [
        .output(output), .input(input), .input(cosines), .input(sines), .examples(), .int(t),
        .int(heads),
        .int(headSize), .int(width), .int(offset), .int(width), .int(offset),
      ], options: [Step.Option("INVERSE", isInverse ? 1 : 0)],
      workItems: [.of(.fixed(t)), .of(.perExample(1))])
    // The columns beside the heads are copied.
    return width == heads * headSize ? [rotate] : [copy, rotate]
  }

  /// The angle of every position and pair, in double precision.
  private func angles(_ t: Int) -> [Double] {
    let logarithm = RealMath.logarithm(Double(base))
    let frequencies = (0..<headSize / 2).map { i in
      RealMath.exponential(-2 * Double(i) / Double(headSize) * logarithm)
    }
    return (0..<t).flatMap { position in frequencies.map { Double(position) * $0 } }
  }
}
