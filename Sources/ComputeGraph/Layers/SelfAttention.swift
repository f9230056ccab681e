/// Attention of a sequence to itself: `[T, D]` to `[T, D]`.
///
/// A linear layer makes all queries, then keys, then values (parameters `qkv.weight [D, (heads + 2 * keyValueHeads)
/// * D / heads]` and `qkv.bias`); attention mixes them; a linear layer ends (`output.weight [D, D]`, `output.bias`).
/// Vaswani et al., "Attention is all you need", 2017; fewer key and value heads: Ainslie et al., "GQA", 2023; rotary
/// positions: Su et al., "RoFormer", 2021.
public struct SelfAttention: Layer {
  let heads: Int, keyValueHeads: Int, causal: Bool, rotary: Bool, dropout: Float, bias: Bool
  let outputWeights: Parameter.InitialValue?

  /// Self-attention.
  ///
  /// - Parameters:
  ///   - heads: Heads of the queries; divides D.
  ///   - keyValueHeads: Heads of the keys and values, each read by as many query heads; `heads` by default.
  ///   - causal: Whether a position sees only itself and those before it.
  ///   - rotary: Whether queries and keys are turned by their position.
  ///   - dropout: Share of the output's elements that training drops. The weights of the attention are not dropped.
  ///   - bias: Whether the linear layers have biases.
  ///   - outputWeights: First values of `output.weight`, where they differ from those of the layers around it.
  public init(
    heads: Int, keyValueHeads: Int? = nil, causal: Bool = true, rotary: Bool = false,
    dropout: Float = 0, bias: Bool = true, outputWeights: Parameter.InitialValue? = nil
  ) {
    (self.heads, self.keyValueHeads) = (heads, keyValueHeads ?? heads)
    (self.causal, self.rotary, self.dropout) = (causal, rotary, dropout)
    (self.bias, self.outputWeights) = (bias, outputWeights)
  }

  /// Adds the linear layers and what stands between them.
  public func add(
    to context: inout LayerContext, behind input: NodeID
  ) throws(GraphError) -> NodeID {
    let width: Int, headSize: Int
    do {
      (width, headSize) = try sizes(of: context.shape(of: input))
    } catch {
      throw context.error(error, inputs: [input])
    }
    let packed = (heads + 2 * keyValueHeads) * headSize
    var node = try context.add(Linear(packed, bias: bias), to: [input], name: "qkv")
    if rotary {
      // Queries and keys lie side by side, and are turned alike.
      node = try context.add(
        RotaryPositions(heads: heads + keyValueHeads, headSize: headSize), to: [node])
    }
    node = try context.add(
      Attention(heads: heads, keyValueHeads: keyValueHeads, causal: causal), to: [node])
    if let outputWeights { context.scope.initialValues["weight"] = outputWeights }
    node = try context.add(Linear(width, bias: bias), to: [node], name: "output")
    return dropout == 0 ? node : try context.add(Dropout(dropout), to: [node])
  }

  private func sizes(of shape: Shape) throws(ShapeProblem) -> (width: Int, headSize: Int) {
    guard shape.rank == 2 else { throw .expected("a sequence [T, D]") }
    let width = shape.dimensions[1]
    guard heads > 0, width % heads == 0 else {
      throw .invalid("\(heads) heads must divide the width \(width)")
    }
    guard keyValueHeads > 0, heads % keyValueHeads == 0 else {
      throw .invalid("\(keyValueHeads) key and value heads must divide \(heads) heads")
    }
    guard !rotary || (width / heads) % 2 == 0 else {
      throw .invalid("rotary positions turn pairs, but a head has \(width / heads) elements")
    }
    return (width, width / heads)
  }
}
