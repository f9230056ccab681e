public import ComputeGraph

extension Model {
  /// A vision transformer: patches of an image are a sequence, as words are.
  ///
  /// Dosovitskiy et al., "An image is worth 16 x 16 words", ICLR 2021. Two differences: the classes are read from the
  /// mean of all patches and not from a class token, and weights begin normal with deviation 0.02, biases at zero.
  /// Parameters: `patches`, `positions`, for each block those of `gpt`, then `norm`, `head`.
  ///
  /// - Parameters:
  ///   - input: Shape of one image `[H, W, C]`; `patch` divides both sides.
  ///   - classes: Elements of the output.
  ///   - patch: Lines and pixels of a patch.
  ///   - layers: Blocks.
  ///   - heads: Attention heads of a block; divides the width.
  ///   - width: Features of a patch.
  ///   - dropout: Share that training drops of the embedding and of each block's two outputs.
  ///   - checkpointed: Whether each block's activations are computed again in backward instead of kept.
  /// - Returns: The model.
  public static func visionTransformer(
    input: Shape, classes: Int, patch: Int, layers: Int, heads: Int, width: Int,
    dropout: Float = 0, checkpointed: Bool = false
  ) -> Model {
    let block = TransformerBlock(width: width, heads: heads, causal: false, dropout: dropout)
    return Model(input: input) {
      Conv2D(width, kernel: Extent2D(patch, patch), stride: patch).named("patches")
      Tokens()
      Positions().named("positions")
      if dropout > 0 { Dropout(dropout) }
      for index in 0..<layers {
        block.layer.named("blocks.\(index)").checkpointed(checkpointed)
      }
      LayerNorm().named("norm")
      Reduce(.mean, axes: [0])
      Linear(classes).named("head")
    }.initialized(weights: .normal(deviation: 0.02), biases: .constant(0))
  }

  /// The tiny vision transformer of DeiT: 12 blocks, 3 heads, width 192.
  ///
  /// Touvron et al., "Training data-efficient image transformers", ICML 2021; here without class token.
  ///
  /// - Parameters:
  ///   - input: Shape of one image.
  ///   - classes: Elements of the output.
  ///   - patch: Lines and pixels of a patch; 4 suits images of 32 x 32 pixels.
  /// - Returns: The model.
  public static func vitTiny(
    input: Shape = [224, 224, 3], classes: Int = 1000, patch: Int = 16
  ) -> Model {
    visionTransformer(
      input: input, classes: classes, patch: patch, layers: 12, heads: 3, width: 192)
  }
}

/// The pixels of an image as a sequence: `[H, W, C]` to `[H * W, C]`.
private struct Tokens: Layer {
  func add(to context: inout LayerContext, behind input: NodeID) throws(GraphError) -> NodeID {
    let sizes = context.shape(of: input).dimensions
    guard sizes.count == 3 else {
      throw context.error(.expected("an image [H, W, C]"), inputs: [input])
    }
    return try context.add(Reshape([sizes[0] * sizes[1], sizes[2]]), to: [input])
  }
}
