/// The recipes of this folder, embedded in the program.
public struct BuiltInRecipe: Sendable {
  /// The file's name.
  public let file: String
  /// The file's text.
  public let text: String

  /// The file's name without its ending, by which users choose it.
  public var name: String { String(file.prefix { $0 != "." }) }

  private init(_ file: String, _ bytes: [UInt8]) {
    self.file = file
    text = String(decoding: bytes, as: UTF8.self)
  }

  /// Every recipe, small networks first.
  public static let all: [BuiltInRecipe] = [
    BuiltInRecipe("perceptron.toml", PackageResources.perceptron_toml),
    BuiltInRecipe("lenet.toml", PackageResources.lenet_toml),
    BuiltInRecipe("resnet18.toml", PackageResources.resnet18_toml),
    BuiltInRecipe("resnet34.toml", PackageResources.resnet34_toml),
    BuiltInRecipe("resnet50-cifar.yaml", PackageResources.resnet50_cifar_yaml),
    BuiltInRecipe("resnet50.toml", PackageResources.resnet50_toml),
    BuiltInRecipe("mobilenet_v2.toml", PackageResources.mobilenet_v2_toml),
    BuiltInRecipe("vit-tiny.toml", PackageResources.vit_tiny_toml),
    BuiltInRecipe("gpt.toml", PackageResources.gpt_toml),
    BuiltInRecipe("gpt2-124m.yaml", PackageResources.gpt2_124m_yaml),
  ]

  /// The recipe of a name; `mlp` is the perceptron.
  public init?(named name: String) {
    let name = name == "mlp" ? "perceptron" : name
    guard let recipe = Self.all.first(where: { $0.name == name }) else { return nil }
    self = recipe
  }
}
