import Chorus
import Foundation

/// One run of `chorus train`: trains, saves, and proves that the placement changed nothing.
final class TrainingRun {
  private let options: TrainOptions
  private let explains: Bool
  private let chosen: ChosenRecipe
  private let run: RecipeRun
  private let placement: Placement
  private let log: RunLog
  private let folder: RunFolder

  private var lossCurve: [Double] = []
  private var evaluations: [Summary.HeldOut] = []
  private var throughput: Throughput
  /// Hash of the weights after the steps that `prove` repeats.
  private var provenHash: String?

  init(
    options: TrainOptions, explains: Bool, chosen: ChosenRecipe, run: RecipeRun,
    placement: Placement, log: RunLog, folder: RunFolder
  ) {
    self.options = options
    self.explains = explains
    self.chosen = chosen
    self.run = run
    self.placement = placement
    self.log = log
    self.folder = folder
    throughput = Throughput(replicas: placement.participants.count)
  }

  /// What to say after Ctrl-C.
  var interruptedMessage: String {
    "interrupted after \(lossCurve.count) steps; what was trained is saved in \(folder.path)"
  }

  private var isAveraged: Bool { run.configuration.optimizer.averageDecay != nil }

  /// Trains to the end, or to an interruption, and saves.
  func train() throws {
    let started = ContinuousClock.now
    log.start(run, chosen, placement)
    let trainer = try Trainer(
      run.configuration, source: run.data.training, participants: placement.participants,
      onNotice: { [log] in log.notice($0) })
    let prepareSeconds = (ContinuousClock.now - started).inSeconds
    try trainSteps(trainer)
    log.endOfSteps()
    if explains { log.note(trainer.explanation) }
    let evaluation = try evaluate(trainer)
    try save(trainer, evaluation, prepareSeconds: prepareSeconds)
  }

  private func trainSteps(_ trainer: Trainer) throws {
    let steps = run.configuration.steps
    let interval = run.recipe.training.evaluateEvery ?? run.stepsPerEpoch
    log.begin(steps: steps, stepsPerEpoch: run.stepsPerEpoch, replicas: trainer.replicaNames)
    while trainer.stepCount < steps && Interrupt.signal == nil {
      let report = try trainer.step()
      lossCurve.append(report.loss)
      throughput.add(report)
      log.step(report, throughput)
      if trainer.stepCount == min(options.prove ?? 0, steps) {
        provenHash = try trainer.weights().sha256
      }
      if trainer.stepCount % interval == 0 && trainer.stepCount < steps {
        log.evaluated(
          after: report, byEpochs: run.recipe.training.evaluateEvery == nil, try evaluate(trainer))
      }
    }
  }

  private func evaluate(_ trainer: Trainer) throws -> Evaluation {
    let evaluation = try trainer.evaluate(run.data.heldOut)
    evaluations.append(
      Summary.HeldOut(
        evaluation, step: trainer.stepCount, isLanguageModel: run.isLanguageModel))
    return evaluation
  }

  /// Writes the weights, the recipe and the summary.
  private func save(_ trainer: Trainer, _ evaluation: Evaluation, prepareSeconds: Double) throws {
    let weights = try trainer.weights(averaged: isAveraged)
    var files: [String] = []
    func write(_ data: Data, _ name: String) throws {
      try folder.write(data, to: name)
      files.append(name)
    }
    try write(weights.safetensors(), "model.safetensors")
    var lastHash: String?
    if isAveraged {
      let last = try trainer.weights()
      try write(last.safetensors(), "model-last.safetensors")
      lastHash = last.sha256
    }
    try write(Data(chosen.record.utf8), "recipe.\(chosen.text.format.rawValue)")
    try write(
      JSON.file(summary(prepareSeconds, hash: weights.sha256, lastHash: lastHash)), "summary.json")
    log.finish(
      evaluation, folder: folder.path, files: files, isAveraged: isAveraged, hash: weights.sha256,
      steps: lossCurve.count)
  }

  /// Repeats the first steps on one device alone and compares the SHA-256 of the weights.
  func prove(steps: Int) throws {
    guard let expected = provenHash else { return }
    let steps = min(steps, lossCurve.count)
    log.proving(steps: steps, device: placement.alone.name)
    var configuration = run.configuration
    configuration.split = .measured
    configuration.injections = []
    let trainer = try Trainer(
      configuration, source: run.data.training, participants: [placement.alone])
    for _ in 0..<steps {
      try trainer.step()
      if Interrupt.signal != nil {
        throw CommandFailure(
          message: "interrupted; the run is saved in \(folder.path)", status: 130)
      }
    }
    let actual = try trainer.weights().sha256
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
      configuration: Summary.Configuration(run, chosen, options, steps: lossCurve.count),
      versions: ["chorus": ChorusVersion.text, "kernels": KernelVersion.digest],
      devices: zip(placement.members, throughput.replicas).map { member, replica in
        Summary.Replica(
          name: member.name, index: member.index, device: member.device.name,
          platform: member.device.platformName, driver: member.device.driverVersion,
          computeUnits: member.device.computeUnitCount, grains: replica.grains,
          examplesPerSecond: replica.examplesPerSecond(grain: run.configuration.grain))
      },
      lossCurve: lossCurve, epochs: evaluations, heldOut: evaluations[evaluations.count - 1],
      timings: Summary.Timings(
        prepareSeconds: prepareSeconds, trainingSeconds: throughput.seconds,
        examplesPerSecond: throughput.examplesPerSecond),
      parameters: run.configuration.graph.parameterCount,
      vocabulary: run.data.vocabulary?.map { String($0) },
      interrupted: lossCurve.count < run.configuration.steps, weightsSHA256: hash,
      lastWeightsSHA256: lastHash)
  }
}
