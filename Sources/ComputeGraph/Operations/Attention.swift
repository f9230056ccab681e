/// Multi-head attention over packed queries, keys and values: `[T, (H + 2 G) * D]` to `[T, H * D]`.
///
/// A token's row holds all query heads, then all key heads, then all value heads. Query head h reads key and value
/// head h / (H / G). Scores are divided by √D. The matrix of scores is never kept (Dao et al., "FlashAttention",
/// NeurIPS 2022).
public struct Attention: Operation, Hashable {
  /// Query heads H, and key and value heads G.
  public let heads: Int, keyValueHeads: Int
  /// Whether a token sees only itself and the tokens before it.
  public let causal: Bool

  /// An attention; as many key and value heads as query heads, where not given.
  public init(heads: Int, keyValueHeads: Int? = nil, causal: Bool) {
    self.heads = heads
    self.keyValueHeads = keyValueHeads ?? heads
    self.causal = causal
  }

  /// The word in messages.
  public var word: String { "attention" }

  /// The largest head that the kernels hold in private memory.
  private static let largestHead = 128

  /// `[T, H * D]`.
  public func outputShape(of inputs: [Shape]) throws(ShapeProblem) -> Shape {
    guard heads > 0, keyValueHeads > 0, heads % keyValueHeads == 0 else {
      throw .invalid("\(keyValueHeads) key and value heads must divide \(heads) query heads")
    }
    let parts = heads + 2 * keyValueHeads
    guard inputs[0].rank == 2, inputs[0].dimensions[1] % parts == 0 else {
      throw .expected("packed queries, keys and values [T, \(parts) * D]")
    }
    let size = inputs[0].dimensions[1] / parts
    guard (1...Self.largestHead).contains(size) else {
      throw .invalid("heads of \(size) elements; 1 to \(Self.largestHead) are possible")
    }
    return [inputs[0].dimensions[0], heads * size]
  }

  /// Two products with each key that a query sees.
  public func forwardOperations(inputs: [Shape], output: Shape) -> Int {
    // Scores and their product with the values; causal attention needs half of them.
    4 * output.count * output.dimensions[0] / (causal ? 2 : 1)
  }

  /// T, H, G, D, then stride and offset of queries, keys and values.
  private func arguments(_ shape: Shape) -> (t: Int, d: Int, stride: Int, sizes: [Int]) {
    let (t, stride) = (shape.dimensions[0], shape.dimensions[1])
    let d = stride / (heads + 2 * keyValueHeads)
    let (k, v) = (heads * d, (heads + keyValueHeads) * d)
    return (t, d, stride, [t, heads, keyValueHeads, d, stride, 0, stride, k, stride, v])
  }

  private func scale(_ d: Int) -> Step.Argument { .float(Float(1 / Double(d).squareRoot())) }
  private var options: [Step.Option] { [Step.Option("CAUSAL", causal ? 1 : 0)] }

  /// One step, which keeps the logarithm of each sum of exponentials.
  public func forward(_ f: inout ForwardContext) {
    let (t, d, _, sizes) = arguments(f.inputShape)
    let logSums = f.saved("log_sum", shape: [heads, t])
    let x = Step.Argument.input(f.x)
    f.add(
      Step(
        "attention_forward",
        [.output(f.output), .output(logSums), x, x, x, .examples()] + sizes.map { .int($0) }
          + [scale(d)], options: options,
        workItems: [.tilesOfColumns(t), .of(.fixed(heads)), .of(.perExample(1))],
        tile: Step.TileRequest(.tokens, rows: d, columns: t)))
  }

  /// Gradients of the queries, then of keys and values; scores are computed again.
  public func backward(_ b: inout BackwardContext) {
    guard b.needs(input: 0) else { return }
    let (t, d, stride, sizes) = arguments(b.inputShape)
    let (logSums, x) = (b.saved("log_sum"), Step.Argument.input(b.x))
    let dx = b.addTensor(like: b.x)
    let delta = b.addTensor("delta", shape: [heads, t])
    let common = [.examples()] + sizes.map { Step.Argument.int($0) }
    b.add(
      Step(
        "attention_backward_query",
        [.output(dx), .output(delta), .input(b.dy), .input(b.y), .input(logSums), x, x, x] + common
          + [.int(stride), .int(0), scale(d)], options: options,
        workItems: [.tilesOfColumns(t), .of(.fixed(heads)), .of(.perExample(1))],
        tile: Step.TileRequest(.tokens, rows: d, columns: t),
        // Three products where forward has two, and four for keys and values.
        operationsPerExample: b.forwardOperations / 2 * 3))
    b.add(
      Step(
        "attention_backward_key",
        [.output(dx), .output(dx), .input(b.dy), .input(logSums), .input(delta), x, x, x] + common
          + [
            .int(stride), .int(heads * d), .int(stride), .int((heads + keyValueHeads) * d),
            scale(d),
          ], options: options,
        workItems: [.tilesOfColumns(t), .of(.fixed(keyValueHeads)), .of(.perExample(1))],
        tile: Step.TileRequest(.tokens, rows: d, columns: t),
        operationsPerExample: b.forwardOperations * 2))
    b.pass(dx, toInput: 0)
  }
}
