import Foundation
import Recipes
import Testing

@Suite("The recipes of the repository")
struct RecipeFileTests {
  /// `recipes/`, found from this file's place.
  static let folder =
    #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined() + "/recipes"

  @Test(
    "every recipe is read, and trains the model of its file's name",
    arguments: [
      ("perceptron.toml", ModelKind.perceptron), ("lenet.toml", .lenet),
      ("resnet18.toml", .resnet18), ("resnet34.toml", .resnet34), ("resnet50.toml", .resnet50),
      ("resnet50-cifar.yaml", .resnet50), ("mobilenet_v2.toml", .mobilenetV2),
      ("gpt.toml", .gpt), ("gpt2-124m.yaml", .gpt), ("vit-tiny.toml", .vit),
    ])
  func reads(name: String, kind: ModelKind) throws {
    let recipe = try Recipe(contentsOf: "\(Self.folder)/\(name)")
    #expect(recipe.model.name == kind)
    #expect(recipe.name != nil)
  }

  @Test(
    "the line of each value in the recipes is the line that has its key",
    arguments: ["resnet50.toml", "gpt.toml", "vit-tiny.toml", "gpt2-124m.yaml"])
  func lines(name: String) throws {
    let path = "\(Self.folder)/\(name)"
    let lines = try String(contentsOfFile: path, encoding: .utf8)
      .split(separator: "\n", omittingEmptySubsequences: false)
    func check(_ table: RecipeTable) throws {
      for entry in table.entries {
        let line = lines[try #require(entry.value.location.line) - 1]
        let column = try #require(entry.value.location.column)
        let heading = line.first == "[" ? 1 : 0
        #expect(line.dropFirst(column - 1 + heading).hasPrefix(entry.key))
        if case .table(let inner) = entry.value.content { try check(inner) }
      }
    }
    try check(RecipeTable(contentsOf: path))
  }

  @Test("gpt.toml is the recipe that its comments describe")
  func gpt() throws {
    let recipe = try Recipe(contentsOf: "\(Self.folder)/gpt.toml")
    let expected = Recipe(
      name: "gpt on tiny Shakespeare",
      model: ModelRecipe(.gpt(GPTRecipe(layers: 4, heads: 4, width: 128, context: 128))),
      data: DataRecipe(.text()),
      optimizer: OptimizerRecipe(
        .adamw(betas: .init(first: 0.9, second: 0.95)), learningRate: 2e-3, weightDecay: 0.1),
      schedule: ScheduleRecipe(.cosine(), warmupSteps: 100),
      training: TrainingRecipe(batch: 32, grain: 4, length: .steps(2500), evaluateEvery: 250))
    #expect(recipe == expected)
  }

  @Test("a recipe in YAML is the same value as in TOML")
  func formats() throws {
    let yaml = try Recipe(contentsOf: "\(Self.folder)/resnet50-cifar.yaml")
    let toml = try Recipe(
      text: """
        name = "resnet50 on digits"
        model = {name = "resnet50", stem = "cifar"}
        data = {source = "digits", image = [32, 32, 3]}
        optimizer = {name = "sgd", learning_rate = 0.05, momentum = 0.9, weight_decay = 5e-4}
        schedule = {name = "cosine", warmup_steps = 100}
        training = {batch = 128, grain = 8, epochs = 5}
        """, format: .toml, file: "inline.toml")
    #expect(yaml == toml)
  }

  @Test("a file that is not there, is no file or has another ending is told as that")
  func files() {
    #expect(error("none.toml") == "none.toml: there is no such file")
    #expect(
      error("gpt.json") == "gpt.json: the name of a recipe ends in .toml, .yaml or .yml")
    #expect(error("toml") == "toml: the name of a recipe ends in .toml, .yaml or .yml")
  }

  @Test("a folder, and a file that is not text, are told as that")
  func unreadable() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "r-\(UUID()).toml").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    #expect(error(folder) == "\(folder): it cannot be read as a file")
    let file = "\(folder)/a.toml"
    try Data([0x61, 0xFF]).write(to: URL(filePath: file))
    #expect(error(file) == "\(file): it is not text in UTF-8")
  }

  private func error(_ path: String) -> String? {
    message { try Recipe(contentsOf: path) }
  }
}
