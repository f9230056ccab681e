/// The dimensions in another order, up to four of them.
public struct Transpose: Operation, Hashable {
  /// Dimension i of the output is dimension `permutation[i]` of the input.
  public let permutation: [Int]

  /// A transposition.
  public init(_ permutation: [Int]) { self.permutation = permutation }

  /// The word in messages.
  public var word: String { "transpose" }

  /// The dimensions in their new order.
  public func outputShape(of inputs: [Shape]) throws(ShapeProblem) -> Shape {
    guard (1...4).contains(permutation.count),
      permutation.sorted() == Array(permutation.indices)
    else { throw .invalid("\(permutation) is no permutation of one to four dimensions") }
    guard inputs[0].rank == permutation.count else {
      throw .expected("\(permutation.count) dimensions")
    }
    return Shape(permutation.map { inputs[0].dimensions[$0] })
  }

  /// None: elements are copied.
  public func forwardOperations(inputs: [Shape], output: Shape) -> Int { 0 }

  /// One step.
  public func forward(_ f: inout ForwardContext) {
    f.add(Self.step(f.output, f.x, f.inputShape, permutation))
  }

  /// The inverse permutation.
  public func backward(_ b: inout BackwardContext) {
    guard b.needs(input: 0) else { return }
    let dx = b.addTensor("g", shape: b.inputShape)
    var inverse = permutation
    for (to, from) in permutation.enumerated() { inverse[from] = to }
    b.add(Self.step(dx, b.dy, b.outputShape, inverse))
    b.pass(dx, toInput: 0)
  }

  /// y of four dimensions, and for each the distance in x of its neighbours.
  private static func step(
    _ y: TensorID, _ x: TensorID, _ shape: Shape, _ permutation: [Int]
  ) -> Step {
    var strides = Array(repeating: 1, count: shape.rank)
    for axis in strides.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * shape.dimensions[axis + 1]
    }
    let padding = 4 - permutation.count
    let sizes = Array(repeating: 1, count: padding) + permutation.map { shape.dimensions[$0] }
    let distances = Array(repeating: 0, count: padding) + permutation.map { strides[$0] }
    return Step(
      "permute", [.output(y), .input(x), .examples()] + (sizes + distances).map { .int($0) },
      workItems: [
        .of(.fixed(sizes[3]), perItem: 16), .of(.fixed(sizes[2]), perItem: 16),
        .of(.perExample(sizes[0] * sizes[1])),
      ])
  }
}
