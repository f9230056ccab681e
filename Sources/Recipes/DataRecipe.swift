/// `[data]`: where the examples come from.
public struct DataRecipe: Sendable, Hashable {
  /// `source`, with what belongs to it.
  public var source: Source
  /// `image`: the size that images are brought to; nil: the source's own. Never set for text.
  public var image: ImageSize?
  /// `training_share`: the share of the examples that is trained on, the rest is held out. MNIST brings its own.
  public var trainingShare: Double

  /// The sources.
  public enum Source: Sendable, Hashable {
    /// `examples` digits that Chorus draws.
    case digits(examples: Int = 10_000)
    /// MNIST's IDX files in the folder `path`; nil: the program's `--data` names it.
    case mnist(path: String? = nil)
    /// The text file `path`; nil: the program's `--data` names it.
    case text(path: String? = nil)
    /// `examples` of noise, to measure speed.
    case synthetic(examples: Int = 1024)
  }

  /// A source and what is done with it.
  public init(_ source: Source, image: ImageSize? = nil, trainingShare: Double = 0.9) {
    self.source = source
    self.image = image
    self.trainingShare = trainingShare
  }
}

/// `image = [height, width, channels]`.
public struct ImageSize: Sendable, Hashable {
  /// Rows of pixels.
  public var height: Int
  /// Columns of pixels.
  public var width: Int
  /// Numbers of a pixel.
  public var channels: Int

  /// A size.
  public init(height: Int, width: Int, channels: Int) {
    self.height = height
    self.width = width
    self.channels = channels
  }
}

/// The values of `data.source`.
public enum DataKind: String, RecipeKind {
  /// Drawn digits.
  case digits
  /// MNIST's files.
  case mnist
  /// A text file.
  case text
  /// Noise.
  case synthetic

  /// The keys that this source reads and another does not.
  public var options: [String] {
    switch self {
    case .digits, .synthetic: ["examples", "image", "training_share"]
    case .mnist: ["path", "image"]
    case .text: ["path", "training_share"]
    }
  }
}

extension DataRecipe {
  init(_ reader: RecipeReader) throws(RecipeError) {
    let kind = try reader.kind("source", of: DataKind.self)
    switch kind {
    case .digits:
      source = .digits(examples: try reader.integer("examples", in: 2..., default: 10_000))
    case .mnist: source = .mnist(path: try reader.stringIfPresent("path"))
    case .text: source = .text(path: try reader.stringIfPresent("path"))
    case .synthetic:
      source = .synthetic(examples: try reader.integer("examples", in: 2..., default: 1024))
    }
    if kind.options.contains("image"),
      let sizes = try reader.integersIfPresent("image", in: 1..., count: 3)
    {
      image = ImageSize(height: sizes[0], width: sizes[1], channels: sizes[2])
    }
    trainingShare =
      kind.options.contains("training_share")
      ? try reader.number("training_share", in: Above(0, below: 1), default: 0.9) : 0.9
  }

  /// Refuses data that the model cannot take.
  func check(
    _ reader: RecipeReader, against model: ModelRecipe, _ modelReader: RecipeReader
  ) throws(RecipeError) {
    let name = model.name.rawValue
    switch (model.architecture, source) {
    case (.gpt, .digits), (.gpt, .mnist):
      throw reader.error(at: "source", "has no text for \(name); choose text or synthetic")
    case (_, .text) where model.name != .gpt:
      throw reader.error(
        at: "source", "has no images for \(name); choose digits, mnist or synthetic")
    case (.gpt(let gpt), .synthetic):
      guard gpt.vocabulary != nil else { throw modelReader.missingForSynthetic("vocabulary") }
      guard image == nil else { throw reader.error(at: "image", "is not used by \(name)") }
    case (_, .synthetic):
      guard model.classes != nil else { throw modelReader.missingForSynthetic("classes") }
      guard image != nil else { throw reader.missingForSynthetic("image") }
    default: break
    }
    if case .vit(let vit) = model.architecture, let image,
      image.height % vit.patch != 0 || image.width % vit.patch != 0
    {
      throw modelReader.error(
        at: "patch",
        "must divide the image of \(image.height) x \(image.width), but it is \(vit.patch)")
    }
  }
}

extension RecipeReader {
  /// The error of a key that may be left out only where the data tells its value.
  fileprivate func missingForSynthetic(_ key: String) -> RecipeError {
    RecipeError(table.location, "\(missing(key).message), and synthetic data does not tell it")
  }
}
