/// The product of two tensors of matrices: `[B…, I, K]` by `[B…, K, J]` to `[B…, I, J]`, either of them transposed.
public struct MatrixProduct: Operation, Hashable {
  /// Whether the first is given as `[B…, K, I]`, and the second as `[B…, J, K]`.
  public let transposesLeft: Bool, transposesRight: Bool

  /// A product.
  public init(transposesLeft: Bool = false, transposesRight: Bool = false) {
    self.transposesLeft = transposesLeft
    self.transposesRight = transposesRight
  }

  /// The word in messages.
  public var word: String { "matrix_product" }
  /// Two inputs.
  public var arity: Int { 2 }

  /// `[B…, I, J]`.
  public func outputShape(of inputs: [Shape]) throws(ShapeProblem) -> Shape {
    let (a, b) = (inputs[0].dimensions, inputs[1].dimensions)
    guard a.count >= 2, a.count == b.count, a.dropLast(2) == b.dropLast(2) else {
      throw .expected("two inputs [B…, I, K] and [B…, K, J] with the same B")
    }
    let s = Sizes(inputs[0], inputs[1], self)
    guard s.k == b[b.count - (transposesRight ? 1 : 2)] else {
      throw .expected("two inputs that agree in the dimension they are summed over")
    }
    return Shape(a.dropLast(2) + [s.i, s.j])
  }

  /// One fma per term of each sum.
  public func forwardOperations(inputs: [Shape], output: Shape) -> Int {
    2 * output.count * Sizes(inputs[0], inputs[1], self).k
  }

  private struct Sizes {
    let batch: Int, i: Int, j: Int, k: Int

    init(_ a: Shape, _ b: Shape, _ product: MatrixProduct) {
      let (rows, columns) = (a.dimensions[a.rank - 2], a.dimensions[a.rank - 1])
      (i, k) = product.transposesLeft ? (columns, rows) : (rows, columns)
      j = b.dimensions[b.rank - (product.transposesRight ? 2 : 1)]
      batch = a.dimensions.dropLast(2).reduce(1, *)
    }
  }

  /// y `[rows, columns]` = a `[rows, inner]` by b `[inner, columns]`, each transposed in memory where said.
  private static func arguments(
    batch: Int, rows: Int, columns: Int, inner: Int, transposesLeft: Bool, transposesRight: Bool
  ) -> (sizes: [Step.Argument], options: [Step.Option]) {
    let left = transposesLeft ? [1, rows] : [inner, 1]
    let right = transposesRight ? [1, inner] : [columns, 1]
    return (
      [.examples()] + ([batch, rows, columns, inner] + left + right).map { .int($0) },
      [Step.Option("B_CONTIGUOUS", transposesRight ? 0 : 1)]
    )
  }

  private static func workItems(batch: Int, rows: Int, columns: Int) -> [Step.Extent] {
    [.tilesOfRows(.fixed(rows)), .tilesOfColumns(columns), .of(.perExample(batch))]
  }

  /// One product per example and matrix.
  public func forward(_ f: inout ForwardContext) {
    let s = Sizes(f.shape(input: 0), f.shape(input: 1), self)
    let (sizes, options) = Self.arguments(
      batch: s.batch, rows: s.i, columns: s.j, inner: s.k, transposesLeft: transposesLeft,
      transposesRight: transposesRight)
    f.add(
      Step(
        "batched_product",
        [.output(f.output), .input(f.inputs[0]), .input(f.inputs[1])] + sizes, options: options,
        workItems: Self.workItems(batch: s.batch, rows: s.i, columns: s.j),
        tile: Step.TileRequest(.matrix, rows: s.i, columns: s.j)))
  }

  /// One product for each input whose gradient is needed.
  public func backward(_ b: inout BackwardContext) {
    let s = Sizes(b.shape(input: 0), b.shape(input: 1), self)
    let (x, w) = (b.inputs[0], b.inputs[1])
    // With a [I, K] and b [K, J]: da = dy bᵀ, db = aᵀ dy; where an input is transposed, so is its gradient.
    if let target = b.target(input: 0) {
      transposesLeft
        ? add(b, target, w, b.dy, s.batch, (s.k, s.i, s.j), transposesRight, true)
        : add(b, target, b.dy, w, s.batch, (s.i, s.k, s.j), false, !transposesRight)
    }
    if let target = b.target(input: 1) {
      transposesRight
        ? add(b, target, b.dy, x, s.batch, (s.j, s.k, s.i), true, transposesLeft)
        : add(b, target, x, b.dy, s.batch, (s.k, s.j, s.i), !transposesLeft, false)
    }
  }

  private func add(
    _ b: BackwardContext, _ target: GradientTarget, _ left: TensorID, _ right: TensorID,
    _ batch: Int, _ size: (rows: Int, columns: Int, inner: Int), _ transposesLeft: Bool,
    _ transposesRight: Bool
  ) {
    let (sizes, options) = Self.arguments(
      batch: batch, rows: size.rows, columns: size.columns, inner: size.inner,
      transposesLeft: transposesLeft, transposesRight: transposesRight)
    b.add(
      "batched_product", target, [.input(left), .input(right)] + sizes, options: options,
      workItems: Self.workItems(batch: batch, rows: size.rows, columns: size.columns),
      tile: Step.TileRequest(.matrix, rows: size.rows, columns: size.columns))
  }
}
