import Chorus
import Foundation
import Timeline

/// One run of `chorus train`: trains, saves, and proves that the placement changed nothing.
final class TrainingRun {
  private let options: TrainOptions
  private let explains: Bool
  private let chosen: ChosenRecipe
  private let run: RecipeRun
  private let placement: Placement
  private let log: RunLog
  private let folder: RunFolder
  private let start: RunStart
  private let checkpoints: RunCheckpoints

  private var progress = RunProgress()
  private var throughput: Throughput
  /// Hash of the weights after the steps that `prove` repeats.
  private var provenHash: String?

  init(
    options: TrainOptions, explains: Bool, chosen: ChosenRecipe, run: RecipeRun,
    placement: Placement, log: RunLog, folder: RunFolder, start: RunStart,
    checkpoints: RunCheckpoints
  ) {
    self.options = options
    self.explains = explains
    self.chosen = chosen
    self.run = run
    self.placement = placement
    self.log = log
    self.folder = folder
    self.start = start
    self.checkpoints = checkpoints
    throughput = Throughput(replicas: placement.participants.count)
  }

  /// What to say after Ctrl-C.
  var interruptedMessage: String {
    "interrupted after \(progress.lossCurve.count) steps; what was trained is saved in \(folder.path);"
      + " \(howToResume)"
  }

  /// How the run is continued.
  var howToResume: String { "continue with: chorus train --resume \(folder.path)" }

  /// Whether all steps are done.
  var isFinished: Bool { progress.lossCurve.count == run.configuration.steps }

  private var isAveraged: Bool { run.configuration.optimizer.averageDecay != nil }

  /// Trains to the end, or to an interruption, and saves.
  func train() throws {
    let started = ContinuousClock.now
    log.start(run, chosen, placement)
    let state = start.isResumed ? try lastState() : nil
    let trainer = try Trainer(
      run.configuration, source: run.data.training, participants: placement.participants,
      resuming: state, onNotice: { [log] in log.notice($0) })
    let prepareSeconds = (ContinuousClock.now - started).inSeconds
    do {
      try trainSteps(trainer)
    } catch let error as TrainingError {
      guard case .noDeviceLeft = error else { throw error }
      throw try saveWithoutDevices(trainer, error)
    }
    log.endOfSteps()
    finishTrace()
    if explains { log.note(trainer.explanation) }
    checkpoints.finish()
    let evaluation = try evaluate(trainer)
    try save(trainer, evaluation, prepareSeconds: prepareSeconds)
  }

  /// Saves what is committed, which the host knows without any device.
  ///
  /// - Returns: The error, with where it was saved.
  private func saveWithoutDevices(_ trainer: Trainer, _ error: TrainingError) throws
    -> CommandFailure
  {
    finishTrace()
    try checkpoints.interrupted(trainer) { try progress.attachments(throughput) }
    let weights = trainer.weights(averaged: isAveraged)
    try folder.write(weights.safetensors(), to: "model.safetensors")
    return CommandFailure.failed(
      "\(error) and saved in \(folder.path)/model.safetensors, sha256 \(weights.sha256); \(howToResume)"
    )
  }

  private func finishTrace() {
    do { try run.configuration.trace?.finish() } catch {
      log.note("the trace is not whole: \(error)")
    }
  }

  /// The state of the last whole checkpoint, if there is one; takes over what the run has told so far.
  private func lastState() throws -> TrainingState? {
    let latest: (state: TrainingState?, notes: [String])
    do {
      latest = try checkpoints.store.latest(
        for: RunIdentity(run.configuration, source: run.data.training))
    } catch let error as CheckpointError {
      throw CommandFailure.usage(
        "--resume \(folder.path): \(error). The recipe, the data or the program has changed since")
    }
    var notes = latest.notes
    if let state = latest.state {
      guard let earlier = RunProgress(state) else {
        throw CommandFailure.usage(
          "--resume \(folder.path): \(CheckpointStore.name(step: state.step)) was not written by chorus train"
        )
      }
      progress = earlier
      throughput.add(progress.earlier)
      if state.kernels != KernelVersion.digest {
        notes.append(
          "other kernels wrote the checkpoint: the weights may not be those of a run in one piece")
      }
    }
    let step = latest.state?.step ?? 0
    progress.resumedAfter.append(step)
    log.resumed(notes, after: step, of: run.configuration.steps)
    return latest.state
  }

  private func trainSteps(_ trainer: Trainer) throws {
    let steps = run.configuration.steps
    let interval = run.recipe.training.evaluateEvery ?? run.stepsPerEpoch
    log.begin(
      steps: steps, after: trainer.stepCount, stepsPerEpoch: run.stepsPerEpoch,
      replicas: trainer.replicaNames)
    while trainer.stepCount < steps && Interrupt.signal == nil {
      let report = try trainer.step()
      progress.lossCurve.append(report.loss)
      throughput.add(report)
      log.step(report, throughput)
      if trainer.stepCount == min(options.prove ?? 0, steps) {
        provenHash = trainer.weights().sha256
      }
      if trainer.stepCount % interval == 0 && trainer.stepCount < steps {
        log.evaluated(
          after: report, byEpochs: run.recipe.training.evaluateEvery == nil, try evaluate(trainer))
      }
      // Behind the evaluation, which the checkpoint holds then.
      try checkpoints.stepDone(trainer) { try progress.attachments(throughput) }
    }
    if trainer.stepCount < steps {
      try checkpoints.interrupted(trainer) { try progress.attachments(throughput) }
    }
  }

  private func evaluate(_ trainer: Trainer) throws -> Evaluation {
    let evaluation = try trainer.evaluate(run.data.heldOut)
    progress.evaluations.append(
      Summary.HeldOut(
        evaluation, step: trainer.stepCount, isLanguageModel: run.isLanguageModel))
    return evaluation
  }

  /// Writes the weights, the recipe and the summary.
  private func save(_ trainer: Trainer, _ evaluation: Evaluation, prepareSeconds: Double) throws {
    let weights = trainer.weights(averaged: isAveraged)
    var files: [String] = []
    func write(_ data: Data, _ name: String) throws {
      try folder.write(data, to: name)
      files.append(name)
    }
    try write(weights.safetensors(), "model.safetensors")
    var lastHash: String?
    if isAveraged {
      let last = trainer.weights()
      try write(last.safetensors(), "model-last.safetensors")
      lastHash = last.sha256
    }
    files.append(chosen.recordName)
    try write(
      JSON.file(summary(prepareSeconds, hash: weights.sha256, lastHash: lastHash)), "summary.json")
    log.finish(
      evaluation, folder: folder.path, files: files, isAveraged: isAveraged, hash: weights.sha256,
      steps: progress.lossCurve.count)
  }

  /// Repeats the first steps on one device alone and compares the SHA-256 of the weights.
  func prove(steps: Int) throws {
    guard let expected = provenHash else { return }
    let steps = min(steps, progress.lossCurve.count)
    log.proving(steps: steps, device: placement.alone.name)
    var configuration = run.configuration
    configuration.split = .measured
    configuration.injections = []
    configuration.trace = nil
    let trainer = try Trainer(
      configuration, source: run.data.training, participants: [placement.alone])
    for _ in 0..<steps {
      try trainer.step()
      if Interrupt.signal != nil {
        throw CommandFailure(
          message: "interrupted; the run is saved in \(folder.path)", status: 130)
      }
    }
    let actual = trainer.weights().sha256
    log.proved(
      steps: steps, replicas: placement.participants.map(\.name), device: placement.alone.name,
      expected: expected, actual: actual)
    guard actual == expected else {
      throw CommandFailure.failed(
        "the weights after \(steps) steps differ between the placements: \(expected) and \(actual)."
          + " One of the devices computes wrong; run `chorus devices` to see their self-tests")
    }
  }

  private func summary(_ prepareSeconds: Double, hash: String, lastHash: String?) -> Summary {
    Summary(
      run: start.record.id,
      configuration: Summary.Configuration(run, chosen, options, steps: progress.lossCurve.count),
      versions: ["chorus": ChorusVersion.text, "kernels": KernelVersion.digest],
      devices: zip(placement.members, throughput.replicas).map { member, replica in
        Summary.Replica(
          name: member.name, index: member.index, device: member.device.name,
          platform: member.device.platformName, driver: member.device.driverVersion,
          computeUnits: member.device.computeUnitCount, grains: replica.grains,
          examplesPerSecond: replica.examplesPerSecond(grain: run.configuration.grain))
      },
      lossCurve: progress.lossCurve, epochs: progress.evaluations,
      heldOut: progress.evaluations[progress.evaluations.count - 1],
      timings: Summary.Timings(
        prepareSeconds: prepareSeconds, trainingSeconds: throughput.seconds,
        examplesPerSecond: throughput.examplesPerSecond),
      parameters: run.configuration.graph.parameterCount,
      vocabulary: run.data.vocabulary?.map { String($0) },
      interrupted: !isFinished,
      resumedAfter: progress.resumedAfter.isEmpty ? nil : progress.resumedAfter,
      weightsSHA256: hash, lastWeightsSHA256: lastHash)
  }
}
