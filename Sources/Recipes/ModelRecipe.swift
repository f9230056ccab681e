/// `[model]`: which network, and what every network has.
public struct ModelRecipe: Sendable, Hashable {
  /// The network with its own options.
  public var architecture: Architecture
  /// `dropout`: the share of activations set to zero in training, where the network has dropout.
  public var dropout: Double
  /// `classes`: outputs of the last layer; nil: as many as the data has. Never set for a gpt.
  public var classes: Int?
  /// `checkpoint`: whether activations are computed again in the backward pass instead of kept.
  public var checkpoint: Bool

  /// The networks.
  public enum Architecture: Sendable, Hashable {
    /// Linear layers of these widths with ReLU between them, and a last one to the classes.
    case perceptron(widths: [Int] = [512, 512])
    /// The small convolutional network of `chorus train`.
    case lenet
    /// A residual network.
    case resnet(ResNetDepth, stem: ConvolutionStem = .imagenet)
    /// MobileNetV2, every layer's channels times `width`.
    case mobileNetV2(stem: ConvolutionStem = .imagenet, width: Double = 1)
    /// A decoder-only transformer over tokens.
    case gpt(GPTRecipe)
    /// A transformer over the patches of an image.
    case vit(ViTRecipe)
  }

  /// A network from its options.
  public init(
    _ architecture: Architecture, dropout: Double = 0, classes: Int? = nil, checkpoint: Bool = false
  ) {
    self.architecture = architecture
    self.dropout = dropout
    self.classes = classes
    self.checkpoint = checkpoint
  }

  /// `name` as recipes write it.
  public var name: ModelKind {
    switch architecture {
    case .perceptron: .perceptron
    case .lenet: .lenet
    case .resnet(.layers18, _): .resnet18
    case .resnet(.layers34, _): .resnet34
    case .resnet(.layers50, _): .resnet50
    case .mobileNetV2: .mobilenetV2
    case .gpt: .gpt
    case .vit: .vit
    }
  }
}

/// The values of `model.name`.
public enum ModelKind: String, RecipeKind {
  /// Linear layers.
  case perceptron
  /// A small convolutional network.
  case lenet
  /// A residual network of 18 layers.
  case resnet18
  /// A residual network of 34 layers.
  case resnet34
  /// A residual network of 50 layers.
  case resnet50
  /// MobileNetV2.
  case mobilenetV2 = "mobilenet_v2"
  /// A transformer over tokens.
  case gpt
  /// A transformer over image patches.
  case vit

  /// The keys that this network reads and another does not.
  public var options: [String] {
    switch self {
    case .perceptron: ["widths", "classes"]
    case .lenet: ["classes"]
    case .resnet18, .resnet34, .resnet50: ["stem", "classes"]
    case .mobilenetV2: ["stem", "width", "classes"]
    case .gpt:
      [
        "layers", "heads", "kv_heads", "width", "context", "vocabulary", "activation", "positions",
        "norm", "tied",
      ]
    case .vit: ["patch", "layers", "heads", "width", "classes"]
    }
  }
}

/// The residual networks of He et al., 2015 (arXiv:1512.03385), by their layers.
public enum ResNetDepth: Int, Sendable, Hashable, CaseIterable {
  /// Two basic blocks a stage.
  case layers18 = 18
  /// 3, 4, 6 and 3 basic blocks.
  case layers34 = 34
  /// 3, 4, 6 and 3 bottleneck blocks.
  case layers50 = 50
}

/// The first layers of a convolutional network: how soon images become small.
public enum ConvolutionStem: String, Sendable, CaseIterable {
  /// For small images: a 3 x 3 convolution with stride 1, no pooling.
  case cifar
  /// For images of about 224 x 224, as in the papers: strides at once.
  case imagenet
}

extension ModelRecipe {
  init(_ reader: RecipeReader) throws(RecipeError) {
    let kind = try reader.kind("name", of: ModelKind.self)
    architecture = try Architecture(kind, reader)
    dropout = try reader.number("dropout", in: 0.0..<1.0, default: 0)
    classes =
      kind.options.contains("classes") ? try reader.integerIfPresent("classes", in: 1...) : nil
    checkpoint = try reader.boolean("checkpoint", default: false)
  }
}

extension ModelRecipe.Architecture {
  fileprivate init(_ kind: ModelKind, _ reader: RecipeReader) throws(RecipeError) {
    switch kind {
    case .perceptron:
      self = .perceptron(widths: try reader.integersIfPresent("widths", in: 1...) ?? [512, 512])
    case .lenet: self = .lenet
    case .resnet18: self = try .resnet(.layers18, stem: Self.stem(reader))
    case .resnet34: self = try .resnet(.layers34, stem: Self.stem(reader))
    case .resnet50: self = try .resnet(.layers50, stem: Self.stem(reader))
    case .mobilenetV2:
      self = try .mobileNetV2(
        stem: Self.stem(reader), width: reader.number("width", in: Above(0), default: 1))
    case .gpt: self = .gpt(try GPTRecipe(reader))
    case .vit: self = .vit(try ViTRecipe(reader))
    }
  }

  private static func stem(_ reader: RecipeReader) throws(RecipeError) -> ConvolutionStem {
    try reader.choice("stem", default: .imagenet)
  }
}
