import Chorus
import Foundation

/// What a run tells: lines and a progress bar for people, or one JSON object per line for programs.
final class RunLog {
  private let json: Bool
  private var grain = 1
  private var steps = 0
  private var stepsPerEpoch = 1
  private var names: [String] = []
  private var started = ContinuousClock.now
  private var lastBar = ContinuousClock.now
  /// Examples and predicted ones since the epoch began.
  private var seen = (examples: 0, correct: 0, loss: 0.0)

  init(json: Bool) { self.json = json }

  /// A sentence for people.
  func note(_ text: String) { json ? Console.note(text) : Console.print(text) }

  private func emit(_ event: Event) {
    guard json, let line = try? JSON.object(event) else { return }
    Console.print(line)
  }

  func start(
    _ configuration: TrainerConfiguration, _ placement: Placement, _ data: TrainingData,
    _ options: TrainOptions
  ) {
    grain = configuration.grain
    for member in placement.members {
      let units = member.device.computeUnitCount
      note(
        "replica \(member.name): \(member.device.name) (\(member.device.platformName)),"
          + " \(units) compute unit\(units == 1 ? "" : "s")")
    }
    note(
      "\(options.model.rawValue), \(configuration.graph.parameterCount) parameters;"
        + " \(data.training.count) training and \(data.heldOut.count) held-out examples (\(data.name));"
        + " batch \(configuration.batch) in grains of \(configuration.grain)")
    var event = Event("start")
    event.model = options.model.rawValue
    event.replicas = placement.members.map(\.name)
    emit(event)
  }

  func begin(steps: Int, stepsPerEpoch: Int, replicas: [String]) {
    self.steps = steps
    self.stepsPerEpoch = stepsPerEpoch
    names = replicas
    started = ContinuousClock.now
  }

  func step(_ report: StepReport, _ throughput: Throughput) {
    if report.step % stepsPerEpoch == 0 { seen = (0, 0, 0) }
    seen.examples += report.examples
    seen.correct += report.correctCount
    seen.loss += report.loss * Double(report.examples)
    var event = Event("step")
    event.step = report.step + 1
    event.epoch = report.epoch + 1
    event.loss = report.loss
    event.accuracy = Double(report.correctCount) / Double(report.examples)
    event.examplesPerSecond = Double(report.examples) / report.seconds
    event.grains = report.replicaGrains
    emit(event)
    guard ContinuousClock.now - lastBar > .milliseconds(100) else { return }
    lastBar = ContinuousClock.now
    Console.bar(bar(report, throughput))
  }

  /// `epoch 2/3 [####----] 0:23 left loss 0.310 acc 91.0% 812/s (0 410, 1 402)`, as wide as the terminal.
  private func bar(_ report: StepReport, _ throughput: Throughput) -> String {
    let done = Double(report.step + 1) / Double(steps)
    let filled = Int(done * 8)
    let epochs = (steps + stepsPerEpoch - 1) / stepsPerEpoch
    let left = (ContinuousClock.now - started).inSeconds * (1 - done) / done
    let perReplica = zip(names, throughput.replicas)
      .map { "\($0) \(Int($1.examplesPerSecond(grain: grain)))" }.joined(separator: ", ")
    let text =
      "epoch \(report.epoch + 1)/\(epochs)"
      + " [\(String(repeating: "#", count: filled))\(String(repeating: "-", count: 8 - filled))]"
      + String(format: " %d:%02d left", Int(left) / 60, Int(left) % 60)
      + String(
        format: " loss %.3f acc %.1f%%", seen.loss / Double(seen.examples),
        100 * Double(seen.correct) / Double(seen.examples))
      + " \(Int(throughput.examplesPerSecond))/s"
      + (names.count > 1 ? " (\(perReplica))" : "")
    var size = winsize()
    let hasSize = ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 1
    return String(text.prefix(hasSize ? Int(size.ws_col) - 1 : 100))
  }

  func epoch(_ epoch: Int, _ heldOut: Evaluation) {
    note(
      String(
        format: "epoch %d: loss %.4f, accuracy %.2f %%; held-out loss %.4f, accuracy %.2f %%",
        epoch, seen.loss / Double(seen.examples),
        100 * Double(seen.correct) / Double(seen.examples),
        heldOut.loss, 100 * heldOut.accuracy))
    var event = Event("epoch")
    event.epoch = epoch
    event.heldOutLoss = heldOut.loss
    event.heldOutAccuracy = heldOut.accuracy
    emit(event)
  }

  func endOfSteps() {
    let seconds = (ContinuousClock.now - started).inSeconds
    note(String(format: "trained for %.1f s", seconds))
  }

  func finish(_ heldOut: Evaluation, folder: String, hash: String, steps: Int) {
    note(
      String(
        format: "held-out accuracy: %.2f %% (%d of %d), loss %.4f", 100 * heldOut.accuracy,
        heldOut.correctCount, heldOut.examples, heldOut.loss))
    note("saved: \(folder)/model.safetensors, \(folder)/summary.json")
    note("weights sha256: \(hash)")
    var event = Event("result")
    event.step = steps
    event.heldOutLoss = heldOut.loss
    event.heldOutAccuracy = heldOut.accuracy
    event.folder = folder
    event.weightsSHA256 = hash
    emit(event)
  }

  func proving(steps: Int, device: String) {
    note("Proof: the first \(steps) steps again, on device \(device) alone ...")
  }

  func proved(
    steps: Int, replicas: [String], device: String, expected: String, actual: String
  ) {
    note("  on \(replicas.joined(separator: " + ")): \(expected)")
    note("  on \(device) alone: \(actual)")
    note(expected == actual ? "  the same bits." : "  DIFFERENT.")
    var event = Event("proof")
    event.step = steps
    event.same = expected == actual
    event.weightsSHA256 = actual
    emit(event)
  }

  func nextSteps(options: TrainOptions, placement: Placement) {
    guard options.prove != nil else { return }
    note(
      """
      Try next:
        chorus devices                                   what this host offers
        chorus train --data FOLDER                       MNIST's IDX files instead of drawn digits
        chorus train --model mlp --devices 0,0 --split 1:7   two replicas, unequal shares, the same weights
        chorus train --help                              everything else
      """)
  }
}

/// One line of `--json`; fields that an event does not have are left out.
private struct Event: Encodable {
  let event: String
  var model: String?
  var replicas: [String]?
  var step: Int?
  var epoch: Int?
  var loss: Double?
  var accuracy: Double?
  var examplesPerSecond: Double?
  var grains: [Int]?
  var heldOutLoss: Double?
  var heldOutAccuracy: Double?
  var folder: String?
  var same: Bool?
  var weightsSHA256: String?

  enum CodingKeys: String, CodingKey {
    case event, model, replicas, step, epoch, loss, accuracy, examplesPerSecond, grains, heldOutLoss
    case heldOutAccuracy, folder, same
    case weightsSHA256 = "weights_sha256"
  }

  init(_ event: String) { self.event = event }
}

extension Duration {
  /// The duration in seconds.
  var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
