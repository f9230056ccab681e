import ArgumentParser
import Chorus
import Foundation

/// `chorus sample`.
struct Sample: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Continues a text with a language model that chorus train has trained.",
    discussion: """
      Example:
        chorus train gpt --data input.txt --out runs/gpt
        chorus sample runs/gpt --prompt "ROMEO:" --tokens 500

      The same seed gives the same text on every device.
      """)

  @Argument(help: ArgumentHelp("The folder of the run.", valueName: "folder"))
  var folder: String

  @Option(help: "The beginning of the text.")
  var prompt = "\n"

  @Option(parsing: .unconditional, help: "Characters to add.")
  var tokens = 500

  @Option(
    parsing: .unconditional,
    help: "Below 1 the likelier characters become likelier still; 0 always takes the likeliest.")
  var temperature = 0.8

  @Option(help: "Choose among so many of the likeliest characters only.")
  var topK: Int?

  @Option(parsing: .unconditional, help: "Decides the text.")
  var seed: UInt64 = 1

  @Option(help: "Index of the device that computes, from chorus devices.")
  var device = 0

  func validate() throws {
    guard tokens > 0 else { throw ValidationError("--tokens \(tokens) must be at least 1.") }
    guard temperature >= 0, temperature.isFinite else {
      throw ValidationError("--temperature \(temperature) must be a number of at least 0.")
    }
    if let topK, topK < 1 { throw ValidationError("--top-k \(topK) must be at least 1.") }
  }

  func run() throws {
    let trained = try TrainedRun(folder)
    guard let vocabulary = trained.vocabulary else {
      throw CommandFailure.usage(
        "\(folder) holds no language model; train one: chorus train gpt --data FILE")
    }
    let inventory = try Host.inventory()
    guard inventory.entries.indices.contains(device) else {
      throw CommandFailure.usage("there is no device \(device); see chorus devices")
    }
    let model = try trained.recipe.model.model(
      input: [trained.recipe.model.context], classes: vocabulary.count)
    let graph = try model.graph()
    let sampler = try TextSampler(
      graph: graph, weights: trained.weights(for: graph), vocabulary: vocabulary,
      device: inventory.entries[device].device)
    print(prompt, terminator: "")
    try sampler.continueText(
      prompt, count: tokens,
      choice: TextSampler.Choice(temperature: temperature, topK: topK, seed: seed)
    ) { character in
      print(character, terminator: "")
      fflush(nil)
    }
    print()
  }
}

/// What a folder of `chorus train` holds.
private struct TrainedRun {
  let recipe: Recipe
  let vocabulary: [Character]?
  private let folder: String

  /// The parts of `summary.json` that are read again.
  private struct Record: Decodable {
    struct Configuration: Decodable { let arguments: [String] }
    let configuration: Configuration
    let vocabulary: [String]?
  }

  init(_ folder: String) throws {
    self.folder = folder
    guard let data = FileManager.default.contents(atPath: folder + "/summary.json"),
      let record = try? JSONDecoder().decode(Record.self, from: data)
    else {
      throw CommandFailure.usage(
        "\(folder) is not the folder of a run: it has no summary.json of this version of chorus train"
      )
    }
    let file = ["toml", "yaml", "yml"].map { "\(folder)/recipe.\($0)" }
      .first { FileManager.default.fileExists(atPath: $0) }
    guard let file else { throw CommandFailure.usage("\(folder) has no recipe file") }
    let arguments = record.configuration.arguments
    let overrides = try zip(arguments, arguments.dropFirst()).filter { $0.0 == "--set" }
      .map { try RecipeOverride($0.1) }
    recipe = try ChosenRecipe(file, overrides: overrides).recipe
    vocabulary = record.vocabulary?.compactMap(\.first)
  }

  func weights(for graph: Graph) throws -> Weights {
    let file = folder + "/model.safetensors"
    guard let data = FileManager.default.contents(atPath: file) else {
      throw CommandFailure.usage("\(file) cannot be read; train again, or give another folder")
    }
    return try Weights(safetensors: data, file: file, for: graph.parameters)
  }
}
