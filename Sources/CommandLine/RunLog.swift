import Chorus
import Foundation

/// What a run tells: lines and a progress bar for people, or one JSON object per line for programs.
final class RunLog {
  private let json: Bool
  private let isLanguageModel: Bool
  private var grain = 1
  private var steps = 0
  private var stepsPerEpoch = 1
  /// Steps that were done before this program began.
  private var earlierSteps = 0
  private var names: [String] = []
  private var started = ContinuousClock.now
  private var lastBar = ContinuousClock.now
  /// Predictions since the last evaluation, the right ones, and the sum of their losses.
  private var seen = (counted: 0, correct: 0, loss: 0.0)

  init(json: Bool, isLanguageModel: Bool) {
    self.json = json
    self.isLanguageModel = isLanguageModel
  }

  /// A sentence for people.
  func note(_ text: String) { json ? Console.note(text) : Console.print(text) }

  /// A device was given up, or takes part again.
  func notice(_ notice: Notice) {
    note("\(notice)")
    var event = Event("notice")
    event.text = "\(notice)"
    emit(event)
  }

  private func emit(_ event: Event) {
    guard json, let line = try? JSON.object(event) else { return }
    Console.print(line)
  }

  private var seenMeasures: Measures {
    Measures(
      loss: seen.loss / Double(max(seen.counted, 1)), correctCount: seen.correct,
      countedCount: seen.counted, isLanguageModel: isLanguageModel)
  }

  private func measures(_ heldOut: Evaluation) -> Measures {
    Measures(heldOut, isLanguageModel: isLanguageModel)
  }

  func start(_ run: RecipeRun, _ chosen: ChosenRecipe, _ placement: Placement) {
    let (configuration, data) = (run.configuration, run.data)
    grain = configuration.grain
    for member in placement.members {
      let units = member.device.computeUnitCount
      note(
        "replica \(member.name): \(member.device.name) (\(member.device.platformName)),"
          + " \(units) compute unit\(units == 1 ? "" : "s")")
    }
    let model = run.recipe.model.name.rawValue
    note(
      "\(model), \(configuration.graph.parameterCount) parameters;"
        + " \(data.training.count) training and \(data.heldOut.count) held-out examples (\(data.name));"
        + " batch \(configuration.batch) in grains of \(configuration.grain)")
    var event = Event("start")
    event.model = model
    event.recipe = chosen.text.file
    event.replicas = placement.members.map(\.name)
    emit(event)
  }

  func begin(steps: Int, after earlierSteps: Int, stepsPerEpoch: Int, replicas: [String]) {
    self.steps = steps
    self.earlierSteps = earlierSteps
    self.stepsPerEpoch = stepsPerEpoch
    names = replicas
    started = ContinuousClock.now
  }

  func step(_ report: StepReport, _ throughput: Throughput) {
    seen.counted += report.countedCount
    seen.correct += report.correctCount
    seen.loss += report.loss * Double(report.countedCount)
    var event = Event("step")
    event.step = report.step + 1
    event.epoch = report.epoch + 1
    event.loss = report.loss
    event.accuracy = Double(report.correctCount) / Double(max(report.countedCount, 1))
    event.learningRate = report.rate
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
    let left =
      (ContinuousClock.now - started).inSeconds * Double(steps - report.step - 1)
      / Double(report.step + 1 - earlierSteps)
    let perReplica = zip(names, throughput.replicas)
      .map { "\($0) \(Int($1.examplesPerSecond(grain: grain)))" }.joined(separator: ", ")
    let place =
      epochs > 1 ? "epoch \(report.epoch + 1)/\(epochs)" : "step \(report.step + 1)/\(steps)"
    let text =
      place
      + " [\(String(repeating: "#", count: filled))\(String(repeating: "-", count: 8 - filled))]"
      + String(format: " %d:%02d left", Int(left) / 60, Int(left) % 60)
      + " \(seenMeasures.short) \(Int(throughput.examplesPerSecond))/s"
      + (names.count > 1 ? " (\(perReplica))" : "")
    var size = winsize()
    let hasSize = ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 1
    return String(text.prefix(hasSize ? Int(size.ws_col) - 1 : 100))
  }

  /// What a resumed run continues from: notes about damaged checkpoints, and the step.
  func resumed(_ notes: [String], after step: Int, of steps: Int) {
    notes.forEach(note)
    note(
      step == 0
        ? "there is no checkpoint to continue from, so the run begins at its first step"
        : "continuing after step \(step) of \(steps)")
    var event = Event("resume")
    event.step = step
    emit(event)
  }

  func checkpoint(step: Int) {
    var event = Event("checkpoint")
    event.step = step
    emit(event)
  }

  /// A run that has nothing left to do.
  func alreadyFinished(_ folder: String, steps: Int, hash: String) {
    note("\(folder) is finished: all \(steps) steps are trained and saved; there is nothing to do")
    note("weights sha256: \(hash)")
    var event = Event("result")
    event.step = steps
    event.folder = folder
    event.weightsSHA256 = hash
    emit(event)
  }

  /// The held-out examples at the end of an epoch, or after so many steps where the recipe evaluates by steps.
  func evaluated(after report: StepReport, byEpochs: Bool, _ heldOut: Evaluation) {
    let place = byEpochs ? "epoch \(report.epoch + 1)" : "step \(report.step + 1)"
    note("\(place): \(seenMeasures.text); held-out \(measures(heldOut).text)")
    seen = (0, 0, 0)
    var event = Event(byEpochs ? "epoch" : "evaluation")
    event.step = report.step + 1
    event.epoch = report.epoch + 1
    emit(event.with(measures(heldOut)))
  }

  func endOfSteps() {
    let seconds = (ContinuousClock.now - started).inSeconds
    note(String(format: "trained for %.1f s", seconds))
  }

  func finish(
    _ heldOut: Evaluation, folder: String, files: [String], isAveraged: Bool, hash: String,
    steps: Int
  ) {
    note(measures(heldOut).heldOutText + (isAveraged ? " (averaged weights)" : ""))
    note("saved: " + files.map { "\(folder)/\($0)" }.joined(separator: ", "))
    if isAveraged {
      note("model.safetensors holds the average of the weights; model-last.safetensors the last.")
    }
    note("weights sha256: \(hash)")
    var event = Event("result")
    event.step = steps
    event.folder = folder
    event.weightsSHA256 = hash
    emit(event.with(measures(heldOut)))
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

  func nextSteps(options: TrainOptions) {
    guard options.prove != nil else { return }
    note(
      """
      Try next:
        chorus devices                                   what this host offers
        chorus train --data FOLDER                       MNIST's IDX files instead of drawn digits
        chorus train --set schedule.name=cosine       a key of the recipe changed
        chorus train mlp --devices 0,0 --split 1:7       two replicas, unequal shares, the same weights
        chorus train --help                              everything else
      """)
  }
}

extension Duration {
  /// The duration in seconds.
  var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
