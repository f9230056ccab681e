/// `[loss]`: what the training makes small.
public enum LossRecipe: Sendable, Hashable {
  /// Softmax and cross-entropy over classes; targets equal to `ignoredIndex` do not count.
  case crossEntropy(labelSmoothing: Double = 0, ignoredIndex: Int? = nil)
  /// Mean of squared differences.
  case meanSquaredError
  /// Squared below a difference of `delta`, linear above.
  case huber(delta: Double = 1)
  /// Sigmoid and cross-entropy, each output for itself.
  case binaryCrossEntropy
}

/// The values of `loss.name`.
public enum LossKind: String, RecipeKind {
  /// One class of several.
  case crossEntropy = "cross_entropy"
  /// Squares.
  case meanSquaredError = "mean_squared_error"
  /// Squares, then lines.
  case huber
  /// Any number of classes.
  case binaryCrossEntropy = "binary_cross_entropy"

  /// The keys that this loss reads and another does not.
  public var options: [String] {
    switch self {
    case .crossEntropy: ["label_smoothing", "ignored_index"]
    case .huber: ["delta"]
    case .meanSquaredError, .binaryCrossEntropy: []
    }
  }
}

extension LossRecipe {
  /// `name` as recipes write it.
  public var name: LossKind {
    switch self {
    case .crossEntropy: .crossEntropy
    case .meanSquaredError: .meanSquaredError
    case .huber: .huber
    case .binaryCrossEntropy: .binaryCrossEntropy
    }
  }
}

extension LossRecipe {
  init(_ reader: RecipeReader) throws(RecipeError) {
    switch try reader.kind("name", of: LossKind.self, default: .crossEntropy) {
    case .crossEntropy:
      self = .crossEntropy(
        labelSmoothing: try reader.number("label_smoothing", in: 0.0..<1.0, default: 0),
        ignoredIndex: try reader.integerIfPresent("ignored_index"))
    case .meanSquaredError: self = .meanSquaredError
    case .huber: self = .huber(delta: try reader.number("delta", in: Above(0), default: 1))
    case .binaryCrossEntropy: self = .binaryCrossEntropy
    }
  }
}
