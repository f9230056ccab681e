import Chorus
import Foundation

/// One run of `chorus train`: trains, saves, and proves that the placement changed nothing.
final class TrainingRun {
  private let options: TrainOptions
  private let configuration: TrainerConfiguration
  private let data: TrainingData
  private let placement: Placement
  private let log: RunLog
  private let folder: RunFolder

  private var lossCurve: [Double] = []
  private var epochs: [Summary.HeldOut] = []
  private var throughput: Throughput
  /// Hash of the weights after the steps that `prove` repeats.
  private var provenHash: String?
  private var finalHash = ""

  init(
    options: TrainOptions, configuration: TrainerConfiguration, data: TrainingData,
    placement: Placement, log: RunLog, folder: RunFolder
  ) {
    self.options = options
    self.configuration = configuration
    self.data = data
    self.placement = placement
    self.log = log
    self.folder = folder
    throughput = Throughput(replicas: placement.participants.count)
  }

  /// What to say after Ctrl-C.
  var interruptedMessage: String {
    "interrupted after \(lossCurve.count) steps; what was trained is saved in \(folder.path)"
  }

  /// Trains to the end, or to an interruption, and saves.
  func train() throws {
    let started = ContinuousClock.now
    log.start(configuration, placement, data, options)
    let trainer = try Trainer(
      configuration, source: data.training, participants: placement.participants)
    let prepareSeconds = (ContinuousClock.now - started).inSeconds
    let stepsPerEpoch = trainer.stepsPerEpoch
    let steps = options.steps ?? (options.epochs ?? (options.data == nil ? 3 : 10)) * stepsPerEpoch
    log.begin(steps: steps, stepsPerEpoch: stepsPerEpoch, replicas: trainer.replicaNames)

    while trainer.stepCount < steps && Interrupt.signal == nil {
      let report = try trainer.step()
      lossCurve.append(report.loss)
      throughput.add(report)
      log.step(report, throughput)
      if trainer.stepCount == min(options.prove ?? 0, steps) {
        provenHash = try trainer.weights().sha256
      }
      if trainer.stepCount % stepsPerEpoch == 0 && trainer.stepCount < steps {
        let evaluation = try trainer.evaluate(data.heldOut)
        epochs.append(Summary.HeldOut(evaluation))
        log.epoch(report.epoch + 1, evaluation)
      }
    }
    log.endOfSteps()
    let evaluation = try trainer.evaluate(data.heldOut)
    epochs.append(Summary.HeldOut(evaluation))
    let weights = try trainer.weights()
    finalHash = weights.sha256
    try folder.write(weights.safetensors(), to: "model.safetensors")
    try folder.write(
      JSON.file(
        summary(evaluation, steps: steps, stepsPerEpoch: stepsPerEpoch, prepareSeconds)),
      to: "summary.json")
    log.finish(evaluation, folder: folder.path, hash: finalHash, steps: lossCurve.count)
  }

  /// Repeats the first steps on one device alone and compares the SHA-256 of the weights.
  func prove(steps: Int) throws {
    guard let expected = provenHash else { return }
    let steps = min(steps, lossCurve.count)
    log.proving(steps: steps, device: placement.alone.name)
    let trainer = try Trainer(
      configuration.placedAlone, source: data.training, participants: [placement.alone])
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

  private func summary(
    _ evaluation: Evaluation, steps: Int, stepsPerEpoch: Int, _ prepareSeconds: Double
  ) -> Summary {
    Summary(
      configuration: Summary.Configuration(
        model: options.model.rawValue, data: options.data ?? data.name,
        trainingExamples: data.training.count, heldOutExamples: data.heldOut.count,
        batch: configuration.batch, grain: configuration.grain,
        epochs: Double(lossCurve.count) / Double(stepsPerEpoch), steps: lossCurve.count,
        seed: configuration.seed, optimizer: "sgd", learningRate: configuration.optimizer.rate,
        momentum: configuration.optimizer.momentum, devices: options.devices ?? "all",
        split: options.split ?? "measured", mode: "reproducible"),
      versions: ["chorus": ChorusVersion.text, "kernels": KernelVersion.digest],
      devices: zip(placement.members, throughput.replicas).map { member, replica in
        Summary.Replica(
          name: member.name, index: member.index, device: member.device.name,
          platform: member.device.platformName, driver: member.device.driverVersion,
          computeUnits: member.device.computeUnitCount, grains: replica.grains,
          examplesPerSecond: replica.examplesPerSecond(grain: configuration.grain))
      },
      lossCurve: lossCurve, epochs: epochs, heldOut: Summary.HeldOut(evaluation),
      timings: Summary.Timings(
        prepareSeconds: prepareSeconds, trainingSeconds: throughput.seconds,
        examplesPerSecond: throughput.examplesPerSecond),
      parameters: configuration.graph.parameterCount, interrupted: lossCurve.count < steps,
      weightsSHA256: finalHash)
  }
}

extension TrainerConfiguration {
  /// The same recipe for a single replica.
  fileprivate var placedAlone: TrainerConfiguration {
    var alone = self
    alone.split = .measured
    return alone
  }
}

/// How fast a run and each of its replicas is.
struct Throughput {
  struct Replica {
    var grains = 0
    var seconds = 0.0

    func examplesPerSecond(grain: Int) -> Double {
      seconds > 0 ? Double(grains * grain) / seconds : 0
    }
  }

  private(set) var replicas: [Replica]
  private(set) var examples = 0
  private(set) var seconds = 0.0

  init(replicas: Int) { self.replicas = Array(repeating: Replica(), count: replicas) }

  /// Mean over all steps so far.
  var examplesPerSecond: Double { seconds > 0 ? Double(examples) / seconds : 0 }

  mutating func add(_ report: StepReport) {
    examples += report.examples
    seconds += report.seconds
    for index in replicas.indices {
      replicas[index].grains += report.replicaGrains[index]
      replicas[index].seconds += report.replicaSeconds[index]
    }
  }
}
