public import ComputeGraph
import Dispatch
import Execution
import Foundation

/// Trains a network on several devices at once, with the same bits whatever the devices.
///
/// `step` is the walk of the design, in the order in which the data moves. Not Sendable: use it from one
/// thread, which it blocks.
public final class Trainer {
  /// What is trained, and how.
  public let configuration: TrainerConfiguration
  /// Committed steps.
  public private(set) var stepCount = 0

  private let source: any ExampleSource
  private let replicas: [Replica]
  private let plan: Plan
  private let layout: BucketLayout
  let reducer: Reducer
  private var scheduler: Scheduler
  private var batches: BatchSequence
  private var scales: [GradientScale] = []

  /// Builds a replica on every participant, all with the same initial weights.
  ///
  /// - Parameters:
  ///   - configuration: The recipe.
  ///   - source: The training examples.
  ///   - participants: The devices; one device may appear several times.
  /// - Throws: `GraphError`, `TrainingError` or the OpenCL call that failed.
  public init(
    _ configuration: TrainerConfiguration, source: any ExampleSource, participants: [Participant]
  ) throws {
    guard source.count > 0 else {
      throw TrainingError.invalidConfiguration("there are no training examples")
    }
    try configuration.checkExamples(source)
    guard !participants.isEmpty else {
      throw TrainingError.invalidConfiguration("there is no device to train on")
    }
    if case .fixed(let shares) = configuration.split {
      guard shares.count == participants.count, shares.contains(where: { $0 > 0 }) else {
        throw TrainingError.invalidConfiguration(
          "--split has \(shares.count) shares, but the number of replicas is \(participants.count);"
            + " give one whole number per replica, not all of them 0")
      }
    }
    self.configuration = configuration
    self.source = source
    plan = try Plan(configuration.graph)
    layout = BucketLayout(plan)
    reducer = Reducer(layout, threadCount: ProcessInfo.processInfo.activeProcessorCount)
    scheduler = Scheduler(
      configuration.split, secondsPerGrain: participants.map(\.expectedSeconds))
    batches = BatchSequence(
      exampleCount: source.count, batch: configuration.batch, grain: configuration.grain,
      seed: configuration.seed)
    replicas = participants.map { Replica(device: $0.device, name: $0.name) }

    let weights = configuration.graph.parameters.enumerated().map { id, parameter in
      parameter.initialValues(seed: configuration.seed, id: id)
    }
    let grains = configuration.batch / configuration.grain
    let prepared = replicas.map { replica in
      replica.prepare(
        Replica.Configuration(
          plan: plan, layout: layout, grain: configuration.grain,
          waveGrains: min(
            configuration.waveGrains ?? grains, plan.waveGrains(on: replica.device, configuration)),
          optimizer: configuration.optimizer.optimizer,
          keepsAverages: configuration.optimizer.averageDecay != nil, seed: configuration.seed,
          tiles: configuration.tiles, cache: configuration.programCache),
        weights: weights)
    }
    for promise in prepared { try promise.wait() }
  }

  /// Steps of one epoch; the last one of an epoch may have fewer grains.
  public var stepsPerEpoch: Int { batches.stepsPerEpoch }

  /// Names of the replicas, in the order of the participants.
  public var replicaNames: [String] { replicas.map(\.name) }

  /// Trains on the next batch. The weights change only when every grain has been counted exactly once.
  ///
  /// - Returns: What the step found, before its update.
  /// - Throws: `TrainingError`; the weights are then those of the step before. Only a device that fails in the
  ///   update itself may leave the replicas with different weights, which `weights()` then reports.
  @discardableResult
  public func step() throws -> StepReport {
    let start = ContinuousClock.now
    let batch = batches.batch(at: stepCount)
    if scales.isEmpty { scales = try firstScales(batch) }

    let shards = scheduler.shards(grainCount: batch.grainCount)
    let computed = try compute(batch, shards)
    let numbers = configuration.optimizer.numbers(
      step: stepCount, of: configuration.steps, counted: computed.counted, grains: batch.grainCount,
      clipping: clipping(computed.counted))
    let updates = replicas.map { $0.update(reducer.gradients, numbers) }
    for promise in updates { try promise.wait() }

    stepCount += 1
    scales = computed.outcomes.map { GradientScale(largest: $0.largest) }
    for (replica, outcome) in computed.shards.enumerated() {
      scheduler.record(replica: replica, grains: shards[replica].count, seconds: outcome.seconds)
    }
    return StepReport(
      step: batch.step, epoch: batch.epoch, examples: batch.indices.count, loss: computed.loss,
      rate: configuration.rate(at: batch.step),
      countedCount: computed.counted,
      correctCount: computed.shards.reduce(0) { $0 + $1.correctCount },
      replicaGrains: shards.map(\.count), replicaSeconds: computed.shards.map(\.seconds),
      seconds: (ContinuousClock.now - start).seconds)
  }

  /// A batch's reduced gradients (in the reducer) and what else it gave.
  private struct Computed {
    var outcomes: [Reducer.Outcome]
    var shards: [ShardOutcome]
    var loss: Double
    /// Predictions that count: what gradients are divided by.
    var counted: Int { max(1, shards.reduce(0) { $0 + $1.countedCount }) }
  }

  /// Forward, backward and reduction, again with wider scales while a gradient does not fit.
  private func compute(_ batch: GlobalBatch, _ shards: [Range<Int>]) throws -> Computed {
    while true {
      let (outcomes, shardOutcomes) = try reduce(batch, shards, scales: scales)
      let loss = meanLoss(shardOutcomes)
      if loss.isFinite && outcomes.allSatisfy({ $0.misfit == 0 }) {
        return Computed(outcomes: outcomes, shards: shardOutcomes, loss: loss)
      }
      try discard()
      try requireFinite(loss, step: batch.step)
      for (id, outcome) in outcomes.enumerated() where outcome.misfit != 0 {
        scales[id] = try scale(for: id, misfit: outcome.misfit, step: batch.step)
      }
    }
  }

  /// The first scales follow from the magnitudes of the global batch's first grain.
  private func firstScales(_ batch: GlobalBatch) throws -> [GradientScale] {
    let measuring = Array(repeating: GradientScale.measuring, count: layout.counts.count)
    let shards = replicas.indices.map { $0 == 0 ? 0..<1 : 0..<0 }
    let (outcomes, shardOutcomes) = try reduce(batch, shards, scales: measuring)
    try discard()
    try requireFinite(meanLoss(shardOutcomes), step: batch.step)
    return try outcomes.enumerated().map { id, outcome in
      try scale(for: id, misfit: outcome.misfit, step: batch.step)
    }
  }

  /// Gives the buckets back to the devices without an update.
  private func discard() throws {
    let discarded = replicas.map { $0.discard() }
    for promise in discarded { try promise.wait() }
  }

  /// Per counted prediction; added in the order of the examples, which no split changes.
  private func meanLoss(_ shards: [ShardOutcome]) -> Double {
    let counted = shards.reduce(0) { $0 + $1.countedCount }
    return shards.lazy.flatMap(\.losses).reduce(0.0) { $0 + Double($1) } / Double(max(counted, 1))
  }

  /// What clipping leaves of the gradients in the reducer.
  private func clipping(_ counted: Int) -> Double {
    guard let limit = configuration.optimizer.clipNorm else { return 1 }
    let trained = plan.graph.parameters.indices.filter { plan.graph.parameters[$0].isTrained }
    let norm = GlobalNorm(of: trained.map(reducer.gradientPointer), counted: counted) {
      DispatchQueue.concurrentPerform(iterations: $0, execute: $1)
    }
    return norm.clipping(to: limit)
  }

  private func requireFinite(_ loss: Double, step: Int) throws {
    guard !loss.isFinite else { return }
    throw TrainingError.diverged(step: step, loss: loss, rate: configuration.rate(at: step))
  }

  private func scale(for id: Int, misfit: Int32, step: Int) throws -> GradientScale {
    let largest = Float(bitPattern: UInt32(bitPattern: misfit))
    guard largest.isFinite else {
      throw TrainingError.gradientNotFinite(
        step: step, parameter: configuration.graph.parameters[id].name,
        rate: configuration.rate(at: step))
    }
    return GradientScale(largest: largest)
  }

  /// Starts every replica that has grains, and reduces their buckets as they arrive.
  private func reduce(
    _ batch: GlobalBatch, _ shards: [Range<Int>], scales: [GradientScale]
  ) throws -> ([Reducer.Outcome], [ShardOutcome]) {
    let arrivals = Arrivals(
      buckets: layout.buckets.count, replicas: shards.count { !$0.isEmpty })
    let running = zip(replicas, shards).map { replica, grains in
      grains.isEmpty
        ? nil
        : replica.compute(
          Shard(batch: batch, grains: grains, source: source), scales: scales, arrivals: arrivals)
    }
    let outcomes = try reducer.reduce(arrivals, scales: scales)
    return (outcomes, try running.map { try $0?.wait() ?? ShardOutcome() })
  }

  /// The network's loss and accuracy on other examples, computed by all replicas.
  public func evaluate(_ examples: any ExampleSource) throws -> Evaluation {
    let batch = GlobalBatch(
      step: 0, epoch: 0, indices: Array(0..<examples.count), grain: configuration.grain)
    let shards = scheduler.shards(grainCount: batch.grainCount)
    let running = zip(replicas, shards).map { replica, grains in
      replica.evaluate(Shard(batch: batch, grains: grains, source: examples))
    }
    let outcomes = try running.map { try $0.wait() }
    return Evaluation(
      examples: examples.count, loss: meanLoss(outcomes),
      countedCount: outcomes.reduce(0) { $0 + $1.countedCount },
      correctCount: outcomes.reduce(0) { $0 + $1.correctCount })
  }

  /// The committed weights, after checking that all replicas hold the same bits.
  ///
  /// - Parameter averaged: Whether to give their moving averages, where the optimizer keeps those.
  /// - Returns: The weights that all replicas hold.
  /// - Throws: `TrainingError.replicasDiffer`, or the OpenCL call that failed.
  public func weights(averaged: Bool = false) throws -> Weights {
    let reading = replicas.map { $0.weights(averaged: averaged) }
    let all = try reading.map {
      Weights(parameters: configuration.graph.parameters, values: try $0.wait())
    }
    for (replica, weights) in zip(replicas, all) where weights.sha256 != all[0].sha256 {
      throw TrainingError.replicasDiffer(replicas[0].name, replica.name)
    }
    return all[0]
  }
}
