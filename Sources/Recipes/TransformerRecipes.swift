/// `[model] name = "gpt"`: a decoder-only transformer.
public struct GPTRecipe: Sendable, Hashable {
  /// `layers`: blocks of attention and feed-forward.
  public var layers: Int
  /// `heads`: query heads of attention; they divide the width.
  public var heads: Int
  /// `kv_heads`: heads of keys and values; they divide the query heads, whose number is the default.
  public var keyValueHeads: Int
  /// `width`: features of a token.
  public var width: Int
  /// `context`: tokens of a sequence.
  public var context: Int
  /// `vocabulary`: different tokens; nil: as many as the data has.
  public var vocabulary: Int?
  /// `activation`: the function of the feed-forward layers.
  public var activation: Activation
  /// `positions`: how a token's place is told.
  public var positions: Positions
  /// `norm`: what normalises the features.
  public var norm: Norm
  /// `tied`: whether the last layer uses the token embedding's weights.
  public var isTied: Bool

  /// The values of `activation`.
  public enum Activation: String, Sendable, CaseIterable {
    /// With the error function.
    case gelu
    /// GPT-2's approximation with the hyperbolic tangent.
    case geluTanh = "gelu_tanh"
  }

  /// The values of `positions`.
  public enum Positions: String, Sendable, CaseIterable {
    /// A trained vector for each place.
    case learned
    /// Rotations of queries and keys (arXiv:2104.09864).
    case rotary
  }

  /// The values of `norm`.
  public enum Norm: String, Sendable, CaseIterable {
    /// Mean and variance.
    case layer
    /// Root mean square only.
    case rms
  }

  /// A transformer; by default with as many key and value heads as query heads.
  public init(
    layers: Int, heads: Int, keyValueHeads: Int? = nil, width: Int, context: Int,
    vocabulary: Int? = nil, activation: Activation = .gelu, positions: Positions = .learned,
    norm: Norm = .layer, isTied: Bool = true
  ) {
    self.layers = layers
    self.heads = heads
    self.keyValueHeads = keyValueHeads ?? heads
    self.width = width
    self.context = context
    self.vocabulary = vocabulary
    self.activation = activation
    self.positions = positions
    self.norm = norm
    self.isTied = isTied
  }

  init(_ reader: RecipeReader) throws(RecipeError) {
    layers = try reader.integer("layers", in: 1...)
    (width, heads) = try reader.widthAndHeads()
    keyValueHeads = try reader.integer("kv_heads", in: 1..., default: heads)
    context = try reader.integer("context", in: 1...)
    vocabulary = try reader.integerIfPresent("vocabulary", in: 1...)
    activation = try reader.choice("activation", default: .gelu)
    positions = try reader.choice("positions", default: .learned)
    norm = try reader.choice("norm", default: .layer)
    isTied = try reader.boolean("tied", default: true)
    guard heads % keyValueHeads == 0 else {
      throw reader.error(
        at: "kv_heads", "must divide model.heads (\(heads)), but it is \(keyValueHeads)")
    }
    guard positions != .rotary || width / heads % 2 == 0 else {
      throw reader.error(
        at: "positions",
        "cannot be rotary with heads of \(width / heads) features; rotary needs an even number")
    }
  }
}

/// `[model] name = "vit"`: a transformer over the patches of an image (arXiv:2010.11929).
public struct ViTRecipe: Sendable, Hashable {
  /// `patch`: side of a patch in pixels; it divides the image's.
  public var patch: Int
  /// `layers`: blocks of attention and feed-forward.
  public var layers: Int
  /// `heads`: heads of attention; they divide the width.
  public var heads: Int
  /// `width`: features of a patch.
  public var width: Int

  /// A transformer from its sizes.
  public init(patch: Int, layers: Int, heads: Int, width: Int) {
    self.patch = patch
    self.layers = layers
    self.heads = heads
    self.width = width
  }

  init(_ reader: RecipeReader) throws(RecipeError) {
    patch = try reader.integer("patch", in: 1...)
    layers = try reader.integer("layers", in: 1...)
    (width, heads) = try reader.widthAndHeads()
  }
}

extension RecipeReader {
  /// `width` and `heads`, which divide it.
  fileprivate func widthAndHeads() throws(RecipeError) -> (width: Int, heads: Int) {
    let width = try integer("width", in: 1...)
    let heads = try integer("heads", in: 1...)
    guard width % heads == 0 else {
      throw error(at: "heads", "must divide model.width (\(width)), but it is \(heads)")
    }
    return (width, heads)
  }
}
