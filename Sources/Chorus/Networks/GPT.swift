public import ComputeGraph
public import Recipes

extension Model {
  /// A language model of the GPT-2 kind: `[context]` tokens to `[context, vocabulary]` logits of the tokens that
  /// follow each.
  ///
  /// Pre-norm blocks of causal self-attention and a perceptron of four times the width (Radford et al., "Language
  /// models are unsupervised multitask learners", 2019). Weights, embeddings and learned positions begin normal with
  /// deviation 0.02, and biases at zero (PyTorch's own are uniform). Parameters: `tokens`, `positions`, then for each
  /// block `blocks.0.norm1`, `.attention.qkv`, `.attention.output`, `.norm2`, `.expand`, `.contract`, then `norm`, and
  /// `head` if it is not tied.
  ///
  /// - Parameters:
  ///   - vocabulary: Different tokens.
  ///   - context: Tokens of one example.
  ///   - layers: Blocks.
  ///   - heads: Attention heads of a block; divides the width.
  ///   - width: Features of a position.
  ///   - dropout: Share that training drops of the embedding and of each block's two outputs.
  ///   - keyValueHeads: Heads of keys and values, each for as many query heads; `heads` by default.
  ///   - positions: How the model knows the order of the tokens.
  ///   - norm: Which normalisation it has.
  ///   - activation: The function between the two layers of each perceptron.
  ///   - tied: Whether the last layer's weight is the embedding's.
  ///   - checkpointed: Whether each block's activations are computed again in backward instead of kept.
  ///   - scaledResiduals: Whether weights that end in a residual begin smaller by √(2 * layers), as GPT-2's do.
  /// - Returns: The model.
  public static func gpt(
    vocabulary: Int, context: Int, layers: Int, heads: Int, width: Int, dropout: Float = 0,
    keyValueHeads: Int? = nil, positions: GPTRecipe.Positions = .learned,
    norm: GPTRecipe.Norm = .layer, activation: Activation = .gelu, tied: Bool = true,
    checkpointed: Bool = false, scaledResiduals: Bool = false
  ) -> Model {
    let deviation: Float = 0.02
    let residualDeviation = deviation / Float(2 * layers).squareRoot()
    let block = TransformerBlock(
      width: width, heads: heads, keyValueHeads: keyValueHeads, causal: true,
      rotary: positions == .rotary, norm: norm, activation: activation, dropout: dropout,
      residualWeights: scaledResiduals ? .normal(deviation: residualDeviation) : nil)
    return Model(input: [context], element: .int) {
      Embedding(vocabulary, width: width).named("tokens")
      if positions == .learned { Positions().named("positions") }
      if dropout > 0 { Dropout(dropout) }
      for index in 0..<layers {
        block.layer.named("blocks.\(index)").checkpointed(checkpointed)
      }
      norm.layer.named("norm")
      if tied {
        Linear(vocabulary, bias: false).tied(to: "tokens.weight")
      } else {
        Linear(vocabulary, bias: false).named("head")
      }
    }.initialized(weights: .normal(deviation: deviation), biases: .constant(0))
  }

  /// The smallest GPT-2: 124,439,808 parameters; 12 blocks, 12 heads, width 768, 50,257 tokens.
  ///
  /// - Parameters:
  ///   - context: Tokens of one example, at most the 1024 of the published weights.
  ///   - dropout: Share that training drops; the published model had 0.1.
  ///   - checkpointed: Whether each block's activations are computed again in backward instead of kept.
  /// - Returns: The model.
  public static func gpt2Small(
    context: Int = 1024, dropout: Float = 0, checkpointed: Bool = false
  ) -> Model {
    gpt(
      vocabulary: 50257, context: context, layers: 12, heads: 12, width: 768, dropout: dropout,
      activation: .geluTanh, checkpointed: checkpointed, scaledResiduals: true)
  }
}
