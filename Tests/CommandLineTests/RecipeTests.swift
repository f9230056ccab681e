import Foundation
import Testing

/// `chorus train` with recipe files.
@Suite struct RecipeTests {
  private static let text = """
    name = "small"
    [model]
    name = "perceptron"
    widths = [17]
    [data]
    source = "digits"
    examples = 300
    [optimizer]
    name = "adamw"
    learning_rate = 0.002
    weight_decay = 0.1
    clip_norm = 1.0
    [schedule]
    name = "cosine"
    warmup_steps = 2
    [training]
    batch = 32
    grain = 8
    steps = 6
    evaluate_every = 2
    """

  private let scratch: Scratch
  private let file: String

  init() throws {
    scratch = try Scratch()
    file = scratch.file("small.toml")
    try write(Self.text)
  }

  private func write(_ text: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: file))
  }

  private func train(_ arguments: String...) throws -> Program {
    try Program(
      list: ["train", "--json", "--out", scratch.file("run"), "--devices", "0"] + arguments)
  }

  private func hash(_ arguments: String...) throws -> String {
    let run = try Program(
      list: ["train", "--json", "--out", scratch.file("run"), "--devices", "0"] + arguments)
    #expect(run.status == 0, "\(run.errors)")
    return try #require(run.events.last?["weights_sha256"] as? String)
  }

  private func summary() throws -> [String: Any] {
    let data = try Data(contentsOf: URL(fileURLWithPath: scratch.file("run/summary.json")))
    return try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  @Test("a recipe decides length, evaluations and optimizer; the summary says them")
  func decides() throws {
    let run = try train(file)
    #expect(run.status == 0, "\(run.errors)")
    let events = try run.events
    #expect(events.filter { $0["event"] as? String == "step" }.count == 6)
    let evaluations = events.filter { $0["event"] as? String == "evaluation" }
    #expect(evaluations.map { $0["step"] as? Int } == [2, 4])
    let rates = events.compactMap { $0["learningRate"] as? Double }
    #expect(rates.prefix(2) == [0.001, 0.002] && rates[5] < rates[4])

    let configuration = try #require(summary()["configuration"] as? [String: Any])
    #expect(configuration["optimizer"] as? String == "adamw")
    #expect(configuration["schedule"] as? String == "cosine")
    #expect(configuration["weightDecay"] as? Double == 0.1)
    #expect(configuration["clipNorm"] as? Double == 1)
    #expect(configuration["recipe"] as? String == file)
    #expect(configuration["recipeName"] as? String == "small")
    #expect(configuration["trainingExamples"] as? Int == 270)
  }

  @Test("--set, an option of the same meaning and a changed file give the same bits")
  func overrides() throws {
    let set = try hash(file, "--set", "optimizer.learning_rate=0.01", "--set", "training.steps=3")
    let named = try hash(file, "--learning-rate", "0.01", "--steps", "3")
    try write(
      Self.text.replacingOccurrences(of: "0.002", with: "0.01")
        .replacingOccurrences(of: "steps = 6", with: "steps = 3"))
    let written = try hash(file)
    #expect(set == named && named == written)
  }

  @Test("the recipe in the run's folder, with the options in its comment, repeats the run")
  func record() throws {
    let first = try hash(file, "--learning-rate", "0.01", "--set", "model.widths=[9, 8]")
    let saved = try String(contentsOfFile: scratch.file("run/recipe.toml"), encoding: .utf8)
    #expect(saved.hasSuffix(Self.text))
    let options =
      "--set 'model.widths=[9, 8]' --set optimizer.learning_rate=0.01"
    #expect(saved.contains("chorus train recipe.toml \(options)"), "\(saved)")
    try write(saved)
    let second = try hash(
      file, "--set", "model.widths=[9, 8]", "--set", "optimizer.learning_rate=0.01")
    #expect(first == second)
  }

  @Test("with ema_decay, the average is saved and hashed, and the last weights beside it")
  func average() throws {
    let last = try hash(file)
    let run = try train(file, "--set", "optimizer.ema_decay=0.9")
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.errors.contains("model-last.safetensors the last"))
    #expect(scratch.contents.contains("run/model-last.safetensors"))
    let fields = try summary()
    #expect(fields["last_weights_sha256"] as? String == last)
    #expect(fields["weights_sha256"] as? String != last)
  }

  /// What is wrong with the recipe, and what the message says behind the file's name.
  private static let mistakes: [(String, String, String)] = [
    ("weight_decay", "weight_decai", ":11: optimizer.weight_decai is not a known key"),
    ("batch = 32", "batch = \"many\"", ":17: training.batch must be an integer"),
    ("batch = 32", "batch = 33", ":17: training.batch must be a multiple of training.grain (8)"),
    ("name = \"adamw\"", "name = adamw", ":9: this is not TOML"),
    ("perceptron", "preceptron", "did you mean perceptron?"),
    ("source = \"digits\"", "source = \"text\"", "is not used by text, only by digits"),
  ]

  @Test("a mistake in a recipe: its line, what is wrong, status 2, no folder", arguments: mistakes)
  func told(_ right: String, _ wrong: String, _ message: String) throws {
    try write(Self.text.replacingOccurrences(of: right, with: wrong))
    let run = try train(file)
    #expect(run.status == 2)
    #expect(run.errors.hasPrefix("chorus: \(file)"), "\(run.errors)")
    #expect(run.errors.contains(message), "\(run.errors)")
    #expect(scratch.contents == ["small.toml"])
  }

  @Test("a batch below the recipe's grain is one grain")
  func smallBatch() throws {
    #expect(try train(file, "--batch", "4").status == 0)
    let configuration = try #require(summary()["configuration"] as? [String: Any])
    #expect(configuration["grain"] as? Int == 4)
  }
}
