import ArgumentParser
import Chorus

/// The options of `chorus train`.
struct TrainOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The network: mlp (784-512-512-10) or lenet (three convolutions, two linear layers).",
      valueName: "name"))
  var model = ModelName.lenet

  @Option(
    help: ArgumentHelp(
      "Folder with MNIST's IDX files, .gz or not: all four, or only the t10k pair (first nine tenths train).",
      discussion: "Left out: 8,000 training and 2,000 held-out digits that Chorus draws itself.",
      valueName: "folder"))
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
    parsing: .unconditional,
    help: ArgumentHelp(
      "Examples of a step, over all devices (default: 256 for mlp, 128 for lenet).",
      valueName: "examples"))
  var batch: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Examples of a grain, the unit of placement (default: an eighth of the default batch).",
      discussion: "Part of the recipe: another grain gives other bits, another device does not.",
      valueName: "examples"))
  var grain: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Passes over the training examples (default: 10 with --data, else 3).", valueName: "count"))
  var epochs: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Steps to train, instead of --epochs.", valueName: "count"))
  var steps: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Seeds the drawn digits, the initial weights and the order of the examples.",
      valueName: "number"))
  var seed: UInt64 = 1

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Learning rate of SGD with momentum 0.9 (default: 0.05 for mlp, 0.02 for lenet).",
      valueName: "rate"))
  var learningRate: Float?

  @Option(
    help: ArgumentHelp(
      "Folder for summary.json and model.safetensors (default: runs/MODEL-DATE-TIME).",
      valueName: "folder"))
  var out: String?

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
    func positive(_ value: Int?, _ name: String) throws {
      guard let value, value < 1 else { return }
      throw ValidationError("\(name) \(value) must be at least 1.")
    }
    try positive(batch, "--batch")
    try positive(grain, "--grain")
    try positive(epochs, "--epochs")
    try positive(steps, "--steps")
    try positive(prove, "--prove")
    if epochs != nil && steps != nil {
      throw ValidationError("--epochs and --steps exclude each other; give one of them.")
    }
    _ = try splitChoice()
    _ = try request()
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
