/// A row of a table for each token: `[T]` tokens to `[T, width]`.
///
/// A token that the table does not have gives a row of NaN, which the trainer reports.
public struct Embedding: Operation, Hashable {
  /// Rows of the table, and elements of a row.
  public let count: Int, width: Int

  /// A table of `count` rows.
  public init(count: Int, width: Int) {
    self.count = count
    self.width = width
  }

  /// The word in messages.
  public var word: String { "embedding" }
  /// Its kernel can end with a tail.
  public var fusesTail: Bool { true }

  /// `[T]` to `[T, width]`.
  public func outputShape(of inputs: [Shape]) throws(ShapeProblem) -> Shape {
    guard count > 0, width > 0 else {
      throw .invalid("count \(count) and width \(width) must be positive")
    }
    return Shape(inputs[0].dimensions + [width])
  }

  /// `weight`, `[count, width]`.
  public func parameters(of inputs: [Shape]) -> [Parameter] {
    [
      Parameter(
        name: "weight", shape: [count, width], role: .weight,
        initialValue: .normal(deviation: 0.02))
    ]
  }

  /// None: rows are copied.
  public func forwardOperations(inputs: [Shape], output: Shape) -> Int { 0 }

  /// Parts of the vocabulary that work-items share out when they scatter gradients.
  private static let parts = 8

  /// One step, with the tail.
  public func forward(_ f: inout ForwardContext) {
    let tokens = f.inputShape.count
    f.add(
      "embedding_forward",
      [
        .output(f.output), .input(f.x), .weight(f.parameters[0]),
      ] + (f.tail.positions.map { [.weight($0)] } ?? []) + [
        .examples(), .int(tokens), .int(width), .int(count),
      ], options: [Step.Option("POSITIONS", f.tail.positions == nil ? 0 : 1)],
      workItems: [.of(.perExample(tokens), perItem: 16)])
  }

  /// Adds the gradient of each position to its row, in exact sums that begin as zeros.
  public func backward(_ b: inout BackwardContext) {
    let p = b.parameters[0]
    b.add(
      Step(
        "embedding_backward",
        [
          .sums(p), .magnitude(p), .input(b.dy), .input(b.x), .examples(),
          .int(b.inputShape.count), .int(width), .int(count), .scale, .limit, .accumulate,
        ], workItems: [.of(.fixed(width), perItem: 16), .of(.fixed(Self.parts))],
        fillsSums: true))
  }
}

/// Adds a learned row to each position: `[T, D]`.
public struct Positions: Operation, Hashable {
  /// Learned positions.
  public init() {}

  /// The word in messages.
  public var word: String { "positions" }
  /// Its kernel can end with a tail.
  public var fusesTail: Bool { true }

  /// The same shape.
  public func outputShape(of inputs: [Shape]) throws(ShapeProblem) -> Shape {
    guard inputs[0].rank == 2 else { throw .expected("rows [T, D]") }
    return inputs[0]
  }

  /// `weight`, `[T, D]`.
  public func parameters(of inputs: [Shape]) -> [Parameter] {
    [
      Parameter(
        name: "weight", shape: inputs[0], role: .weight, initialValue: .normal(deviation: 0.02))
    ]
  }

  /// One step, with the tail.
  public func forward(_ f: inout ForwardContext) {
    let count = f.inputShape.count
    f.add(
      "positions_forward",
      [.output(f.output), .input(f.x), .weight(f.parameters[0]), .examples(), .int(count)],
      workItems: [.of(.fixed(count), perItem: elementwiseBlock), .of(.perExample(1))])
  }

  /// The gradient of a bias of T * D elements; the input has the same as the output.
  public func backward(_ b: inout BackwardContext) {
    b.addBias(b.parameters[0], dy: b.dy, rows: 1, columns: b.inputShape.count)
    b.pass(b.dy, toInput: 0)
  }
}
