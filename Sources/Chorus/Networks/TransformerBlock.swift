import ComputeGraph
import Recipes

extension GPTRecipe.Norm {
  /// The layer.
  var layer: any Layer {
    switch self {
    case .layer: LayerNorm()
    case .rms: RMSNorm()
    }
  }
}

/// One block of a pre-norm transformer: attention, then a perceptron, each with a residual around it.
struct TransformerBlock {
  let width: Int, heads: Int
  var keyValueHeads: Int?
  let causal: Bool
  var rotary = false
  var norm = GPTRecipe.Norm.layer
  var activation = Activation.gelu
  var dropout: Float = 0
  /// First values of the two weights that end in a residual; nil: as all others.
  var residualWeights: Parameter.InitialValue?

  /// Parameters: `norm1`, `attention.qkv`, `attention.output`, `norm2`, `expand`, `contract`.
  var layer: Group {
    Group {
      Residual {
        norm.layer.named("norm1")
        SelfAttention(
          heads: heads, keyValueHeads: keyValueHeads, causal: causal, rotary: rotary,
          dropout: dropout, outputWeights: residualWeights
        ).named("attention")
      }.named("")
      Residual {
        norm.layer.named("norm2")
        Linear(4 * width).named("expand")
        activation
        Linear(width).named("contract").initialized(weights: residualWeights)
        if dropout > 0 { Dropout(dropout) }
      }.named("")
    }
  }
}
