/// A tensor as `[outer, length, inner]` around one of its dimensions.
struct AxisView {
  let outer: Int, length: Int, inner: Int

  init(_ shape: Shape, axis: Int) {
    outer = shape.dimensions[..<axis].reduce(1, *)
    length = shape.dimensions[axis]
    inner = shape.dimensions[(axis + 1)...].reduce(1, *)
  }

  /// The step that copies `count` entries of x at `from` to y at `to`, both viewed like this.
  func copy(
    y: TensorID, yLength: Int, at to: Int, x: TensorID, xLength: Int, from: Int, count: Int,
    zeros: Bool = false
  ) -> Step {
    Step(
      "slice_copy",
      [
        .output(y), .input(x), .examples(), .int(outer), .int(yLength), .int(to), .int(xLength),
        .int(from), .int(count), .int(inner),
      ], options: [Step.Option("ZEROS", zeros ? 1 : 0)],
      workItems: [
        .of(.fixed((zeros ? yLength : count) * inner), perItem: 1024),
        .of(.fixed(outer), perItem: 16), .of(.perExample(1)),
      ])
  }
}

/// Puts tensors one behind the other along one dimension; the others are the same.
public struct Concatenate: Operation, Hashable {
  /// The dimension, and how many inputs there are.
  public let axis: Int, count: Int

  /// A concatenation of `count` inputs.
  public init(axis: Int, count: Int) {
    self.axis = axis
    self.count = count
  }

  /// The word in messages.
  public var word: String { "concatenate" }
  /// As many inputs as it was made for.
  public var arity: Int { count }

  /// The inputs one behind the other.
  public func outputShape(of inputs: [Shape]) throws(ShapeProblem) -> Shape {
    guard let first = inputs.first else { throw .invalid("there is nothing to concatenate") }
    guard first.dimensions.indices.contains(axis) else {
      throw .invalid("axis \(axis) is not one of \(first.rank) dimensions")
    }
    var dimensions = first.dimensions
    for input in inputs.dropFirst() {
      var other = input.dimensions
      guard other.indices.contains(axis) else {
        throw .expected("inputs of \(first.rank) dimensions")
      }
      dimensions[axis] += other[axis]
      other[axis] = first.dimensions[axis]
      guard Shape(other) == first else {
        throw .expected("inputs that differ only in dimension \(axis)")
      }
    }
    return Shape(dimensions)
  }

  /// None: elements are copied.
  public func forwardOperations(inputs: [Shape], output: Shape) -> Int { 0 }

  /// One copy per input.
  public func forward(_ f: inout ForwardContext) {
    let all = AxisView(f.outputShape, axis: axis)
    var start = 0
    for (index, x) in f.inputs.enumerated() {
      let part = AxisView(f.shape(input: index), axis: axis)
      f.add(
        part.copy(
          y: f.output, yLength: all.length, at: start, x: x, xLength: part.length, from: 0,
          count: part.length))
      start += part.length
    }
  }

  /// One copy per input whose gradient is needed.
  public func backward(_ b: inout BackwardContext) {
    let all = AxisView(b.outputShape, axis: axis)
    var start = 0
    for index in 0..<count {
      let part = AxisView(b.shape(input: index), axis: axis)
      if b.needs(input: index) {
        let dx = b.addTensor("g\(index)_", shape: b.shape(input: index))
        b.add(
          part.copy(
            y: dx, yLength: part.length, at: 0, x: b.dy, xLength: all.length, from: start,
            count: part.length))
        b.pass(dx, toInput: index)
      }
      start += part.length
    }
  }
}

/// A range of one dimension.
public struct Slice: Operation, Hashable {
  /// The dimension, and the entries that are taken.
  public let axis: Int, range: Range<Int>

  /// A slice.
  public init(axis: Int, range: Range<Int>) {
    self.axis = axis
    self.range = range
  }

  /// The word in messages.
  public var word: String { "slice" }

  /// The range alone.
  public func outputShape(of inputs: [Shape]) throws(ShapeProblem) -> Shape {
    guard inputs[0].dimensions.indices.contains(axis) else {
      throw .invalid("axis \(axis) is not one of \(inputs[0].rank) dimensions")
    }
    var dimensions = inputs[0].dimensions
    guard !range.isEmpty, range.lowerBound >= 0, range.upperBound <= dimensions[axis] else {
      throw .expected("at least \(range.upperBound) entries in dimension \(axis)")
    }
    dimensions[axis] = range.count
    return Shape(dimensions)
  }

  /// None: elements are copied.
  public func forwardOperations(inputs: [Shape], output: Shape) -> Int { 0 }

  /// One copy.
  public func forward(_ f: inout ForwardContext) {
    let view = AxisView(f.inputShape, axis: axis)
    f.add(
      view.copy(
        y: f.output, yLength: range.count, at: 0, x: f.x, xLength: view.length,
        from: range.lowerBound, count: range.count))
  }

  /// The gradient in its range, and zeros beside it.
  public func backward(_ b: inout BackwardContext) {
    guard b.needs(input: 0) else { return }
    let view = AxisView(b.inputShape, axis: axis)
    let dx = b.addTensor("g", shape: b.inputShape)
    b.add(
      view.copy(
        y: dx, yLength: view.length, at: range.lowerBound, x: b.dy, xLength: range.count, from: 0,
        count: range.count, zeros: true))
    b.pass(dx, toInput: 0)
  }
}
