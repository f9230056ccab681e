/// Sums or means over dimensions, which go away.
public struct Reduce: Operation, Hashable {
  /// What is taken.
  public enum Kind: Sendable, Hashable {
    case sum, mean
  }

  /// Sum or mean.
  public let kind: Kind
  /// The dimensions.
  public let axes: [Int]

  /// A sum or mean over `axes`.
  public init(_ kind: Kind, axes: [Int]) {
    self.kind = kind
    self.axes = axes
  }

  /// The word in messages.
  public var word: String { kind == .sum ? "sum" : "mean" }

  /// The dimensions that are not reduced.
  public func outputShape(of inputs: [Shape]) throws(ShapeProblem) -> Shape {
    guard !axes.isEmpty, Set(axes).count == axes.count,
      axes.allSatisfy(inputs[0].dimensions.indices.contains)
    else { throw .invalid("axes \(axes) are not different ones of \(inputs[0].rank) dimensions") }
    return Shape(
      inputs[0].dimensions.indices.filter { !axes.contains($0) }.map { inputs[0].dimensions[$0] })
  }

  /// One addition per element of the input.
  public func forwardOperations(inputs: [Shape], output: Shape) -> Int { inputs[0].count }

  /// One pass per run of neighbouring axes, the last run first: the view, and the shape that is left.
  private func passes(_ shape: Shape) -> [(outer: Int, length: Int, inner: Int)] {
    var dimensions = shape.dimensions
    var remaining = axes.sorted()
    var passes: [(Int, Int, Int)] = []
    while let last = remaining.popLast() {
      var first = last
      while let previous = remaining.last, previous == first - 1 {
        first = previous
        remaining.removeLast()
      }
      passes.append(
        (
          dimensions[..<first].reduce(1, *), dimensions[first...last].reduce(1, *),
          dimensions[(last + 1)...].reduce(1, *)
        ))
      dimensions.removeSubrange(first...last)
    }
    return passes
  }

  private func arguments(_ p: (outer: Int, length: Int, inner: Int)) -> [Step.Argument] {
    [
      .examples(), .int(p.outer), .int(p.length), .int(p.inner),
      .float(kind == .sum ? 1 : 1 / Float(p.length)),
    ]
  }

  private func workItems(_ p: (outer: Int, length: Int, inner: Int)) -> [Step.Extent] {
    [.of(.fixed(p.inner), perItem: 16), .of(.fixed(p.outer), perItem: 16), .of(.perExample(1))]
  }

  /// One step per run of neighbouring axes.
  public func forward(_ f: inout ForwardContext) {
    let passes = passes(f.inputShape)
    var x = f.x
    for (index, pass) in passes.enumerated() {
      let y =
        index == passes.count - 1
        ? f.output : f.saved("pass\(index)_", shape: [pass.outer * pass.inner])
      f.add(
        Step(
          "reduce_forward", [.output(y), .input(x)] + arguments(pass), workItems: workItems(pass)))
      x = y
    }
  }

  /// One broadcast per run of neighbouring axes.
  public func backward(_ b: inout BackwardContext) {
    guard b.needs(input: 0) else { return }
    var dy = b.dy
    for pass in passes(b.inputShape).reversed() {
      let dx = b.addTensor("g", shape: [pass.outer * pass.length * pass.inner])
      b.add(
        Step(
          "reduce_backward", [.output(dx), .input(dy)] + arguments(pass),
          workItems: workItems(pass)))
      dy = dx
    }
    b.pass(dy, toInput: 0)
  }
}
