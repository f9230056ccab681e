/// `y[…, m] = bias[m] + sum over k of x[…, k] * weight[k, m]`.
public struct Linear: Operation, Hashable {
  /// Elements of the output's last dimension.
  public let outputs: Int
  /// Whether there is a bias.
  public let bias: Bool
  /// Whether the weight is stored as `[M, K]`, to be shared with an embedding of M rows.
  public let transposed: Bool

  /// A linear layer over the last dimension.
  public init(outputs: Int, bias: Bool = true, transposed: Bool = false) {
    self.outputs = outputs
    self.bias = bias
    self.transposed = transposed
  }

  /// The word in messages.
  public var word: String { "linear" }
  /// Its kernel can end with a tail.
  public var fusesTail: Bool { true }

  /// `[…, K]` to `[…, outputs]`.
  public func outputShape(of inputs: [Shape]) throws(ShapeProblem) -> Shape {
    guard outputs > 0 else { throw .invalid("outputs must be positive, not \(outputs)") }
    guard let last = inputs[0].dimensions.last, last > 0 else {
      throw .expected("at least one dimension [K]")
    }
    return Shape(inputs[0].dimensions.dropLast() + [outputs])
  }

  /// `weight`, and `bias` if there is one.
  public func parameters(of inputs: [Shape]) -> [Parameter] {
    let k = inputs[0].dimensions[inputs[0].rank - 1]
    let weight = Parameter.weight(transposed ? [outputs, k] : [k, outputs], fanIn: k)
    return bias ? [weight, .bias([outputs], fanIn: k)] : [weight]
  }

  /// One fma per term of each sum.
  public func forwardOperations(inputs: [Shape], output: Shape) -> Int {
    2 * inputs[0].count * outputs
  }

  /// One product with the tail; a transposed weight is first turned, once a step.
  public func forward(_ f: inout ForwardContext) {
    let k = f.inputShape.dimensions[f.inputShape.rank - 1]
    let rows = f.inputShape.count / k
    let weight: Step.Argument =
      transposed
      ? .input(f.transposed(f.parameters[0], rows: outputs, columns: k)) : .weight(f.parameters[0])
    f.add(
      "linear_forward",
      [.output(f.output), .input(f.x), weight] + (bias ? [.weight(f.parameters[1])] : [])
        + [.examples(times: rows), .int(k), .int(outputs)],
      options: [Step.Option("BIAS", bias ? 1 : 0)],
      workItems: [.tilesOfRows(.perExample(rows)), .tilesOfColumns(outputs)],
      tile: Step.TileRequest(.rows, rows: rows, columns: outputs))
  }

  /// Gradients of the bias and the weight, then the input's: two products and a sum.
  public func backward(_ b: inout BackwardContext) {
    let k = b.inputShape.dimensions[b.inputShape.rank - 1]
    let rows = b.inputShape.count / k
    if bias { b.addBias(b.parameters[1], dy: b.dy, rows: rows, columns: outputs) }
    // The gradient of a weight [M, K] is the same product with the roles of x and dy exchanged.
    let (left, right) = transposed ? (b.dy, b.x) : (b.x, b.dy)
    let (height, width) = transposed ? (outputs, k) : (k, outputs)
    b.addGradient(
      "linear_backward_weight", of: b.parameters[0], inputs: [left, right], times: rows,
      sizes: [height, width],
      workItems: [.tilesOfRows(.fixed(height)), .tilesOfColumns(width)],
      tile: Step.TileRequest(.weight, rows: height, columns: width))
    guard let target = b.target(input: 0) else { return }
    let weight: Step.Argument =
      transposed
      ? .weight(b.parameters[0])
      : .input(b.transposed(b.parameters[0], rows: k, columns: outputs))
    b.add(
      "linear_backward_input", target,
      [.input(b.dy), weight, .examples(times: rows), .int(k), .int(outputs)],
      workItems: [.tilesOfRows(.perExample(rows)), .tilesOfColumns(k)],
      tile: Step.TileRequest(.rows, rows: rows, columns: k))
  }
}
