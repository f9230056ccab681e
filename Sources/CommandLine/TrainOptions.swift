import ArgumentParser
import Chorus

/// The options of `chorus train`; most of them change the recipe.
struct TrainOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "A recipe: a file (.toml, .yaml), or the name of one that is built in.", valueName: "recipe"))
  var recipe: String?

  @Option(
    help: ArgumentHelp(
      "The same for a recipe that is built in, such as mlp, lenet (default), resnet18 or gpt.",
      valueName: "name"))
  var model: String?

  @Option(
    name: .customLong("set"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Change a key of the recipe, such as optimizer.learning_rate=0.1; may be given several times.",
      valueName: "key.path=value"))
  var settings: [String] = []

  @Option(
    help: ArgumentHelp(
      "Data in the place of the recipe's: a folder with MNIST's IDX files, or for gpt a text file.",
      discussion: """
        MNIST's files may be compressed with gzip: all four, or only the t10k pair (first nine tenths train). \
        A text may also be a folder that holds input.txt.
        """, valueName: "path"))
  var data: String?

  @Option(
    help: ArgumentHelp(
      "Where to train: all, every, gpu, cpu, or indices from `chorus devices`.",
      discussion: """
        all: each piece of hardware once, through the faster of its platforms. every: all devices of all \
        platforms. A list such as 0,1 names indices; 0,0 puts two replicas on device 0; 0/2 splits device 0 \
        into two equal sub-devices. The choice never changes the trained weights.
        """,
      valueName: "devices"))
  var devices: String?

  @Option(
    help: ArgumentHelp(
      "How kernels are written: for cpu, for gpu, or auto, as suits each device.",
      discussion: "Another choice changes the speed, never the trained weights.",
      valueName: "variant"))
  var kernels = KernelOption.auto

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Examples of a step, over all devices; training.batch of the recipe.",
      valueName: "examples"))
  var batch: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Examples of a grain, the unit of placement; training.grain of the recipe.",
      discussion: "Part of the recipe: another grain gives other bits, another device does not.",
      valueName: "examples"))
  var grain: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Passes over the training examples; training.epochs of the recipe.",
      discussion: "With --data, mlp and lenet train 10 epochs unless this says otherwise.",
      valueName: "count"))
  var epochs: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Steps to train; training.steps of the recipe, instead of epochs.", valueName: "count"))
  var steps: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Seeds drawn digits, initial weights, the order of the examples, dropout; training.seed.",
      valueName: "number"))
  var seed: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Highest learning rate; optimizer.learning_rate of the recipe.",
      valueName: "rate"))
  var learningRate: Double?

  @Option(
    help: ArgumentHelp(
      "Folder for summary.json and model.safetensors (default: runs/RECIPE-DATE-TIME).",
      valueName: "folder"))
  var out: String?

  @Option(
    help: ArgumentHelp(
      "Continue the run of this folder where its last checkpoint is, on any devices.",
      discussion: """
        The recipe and the other options are those of the run's start; --data, --devices, --split, \
        --checkpoint-every and --keep may be given anew. The weights at the end are those of a run in one piece.
        """, valueName: "folder"))
  var resume: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Steps from one checkpoint to the next (default: 10 seconds, or longer where writing one takes over 0.2 s).",
      discussion: "Ctrl-C and SIGTERM write one too.", valueName: "steps"))
  var checkpointEvery: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Checkpoints to keep, the newest (default: 3).", valueName: "count"))
  var keep: Int?

  @Option(
    help: ArgumentHelp(
      "Fixed shares of every batch per replica, such as 1:7; otherwise measured speeds decide.",
      valueName: "shares"))
  var split: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Repeat the first steps on one device alone and show that the weights have the same SHA-256.",
      discussion: "Without --devices, a host with a single device then trains on two halves of it.",
      valueName: "steps"))
  var prove: Int?

  @Flag(help: "Print one JSON object per line on standard output; messages go to standard error.")
  var json = false

  func validate() throws {
    if let prove, prove < 1 { throw ValidationError("--prove \(prove) must be at least 1.") }
    if epochs != nil && steps != nil {
      throw ValidationError("--epochs and --steps exclude each other; give one of them.")
    }
    if let recipe, let model {
      throw ValidationError("\(recipe) and --model \(model) exclude each other; give one of them.")
    }
    if let checkpointEvery, checkpointEvery < 1 {
      throw ValidationError("--checkpoint-every \(checkpointEvery) must be at least 1.")
    }
    if let keep, keep < 1 { throw ValidationError("--keep \(keep) must be at least 1.") }
    if let resume, let other = fixedAtStart.first {
      throw ValidationError(
        "--resume \(resume) continues a run as it was begun, so \(other) cannot be given with it; leave it out."
      )
    }
    _ = try splitChoice()
    _ = try request()
  }

  /// The options given that only the start of a run may have.
  private var fixedAtStart: [String] {
    let options: [(String, Bool)] = [
      ("a recipe", recipe != nil), ("--model", model != nil), ("--set", !settings.isEmpty),
      ("--batch", batch != nil), ("--grain", grain != nil), ("--epochs", epochs != nil),
      ("--steps", steps != nil), ("--seed", seed != nil), ("--learning-rate", learningRate != nil),
      ("--out", out != nil), ("--prove", prove != nil),
    ]
    return options.filter(\.1).map(\.0)
  }

  /// What the options change in the recipe: `--set` in the order given, then the options that have a name.
  func overrides() throws(RecipeError) -> [RecipeOverride] {
    var overrides: [RecipeOverride] = []
    for setting in settings { overrides.append(try RecipeOverride(setting)) }
    func add(_ path: String, _ value: Int?, _ option: String) {
      guard let value else { return }
      overrides.append(RecipeOverride(path, .integer(value), option: "\(option) \(value)"))
    }
    add("training.batch", batch, "--batch")
    add("training.grain", grain, "--grain")
    add("training.epochs", epochs, "--epochs")
    add("training.steps", steps, "--steps")
    add("training.seed", seed, "--seed")
    if let learningRate {
      overrides.append(
        RecipeOverride(
          "optimizer.learning_rate", .number(learningRate),
          option: "--learning-rate \(learningRate)"))
    }
    return overrides
  }

  /// `--split` as a value.
  func splitChoice() throws -> Split {
    guard let split else { return .measured }
    let shares = split.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
    let numbers = shares.compactMap { $0 }
    guard numbers.count == shares.count, numbers.allSatisfy({ $0 >= 0 }),
      numbers.contains(where: { $0 > 0 })
    else {
      throw ValidationError(
        "--split \(split) is not a list of whole numbers such as 1:7, one per replica, not all 0.")
    }
    return .fixed(numbers)
  }

  /// `--devices` as a value.
  func request() throws -> DeviceRequest {
    guard let devices else { return .all }
    guard let request = DeviceRequest(devices) else {
      throw ValidationError(
        "--devices \(devices) is neither all, every, gpu, cpu nor a list of indices such as 0,1 or 0/2."
      )
    }
    return request
  }
}
