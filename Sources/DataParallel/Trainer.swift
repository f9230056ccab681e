public import ComputeGraph
import Coordination
import Dispatch
import Execution
import Foundation

/// Trains a network on several devices at once, with the same bits whatever the devices and whatever becomes of them.
///
/// `step` is the walk of the design, in the order in which the data moves. Not Sendable: use it from one
/// thread, which it blocks.
public final class Trainer {
  /// What is trained, and how.
  public let configuration: TrainerConfiguration
  /// Committed steps.
  public var stepCount: Int { engine.ledger.step }
  /// What decides the run's bits: checkpoints of another run are refused.
  public let identity: RunIdentity
  /// Is told of devices that are given up and of those that join.
  public var onNotice: (Notice) -> Void {
    get { notices.handler }
    set { notices.handler = newValue }
  }

  private let source: any ExampleSource
  private let plan: Plan
  let layout: BucketLayout
  let links: [Link]
  let engine: Engine
  private var returns: Returns
  private let notices = Notices()
  private var batches: BatchSequence
  private(set) var scales: [GradientScale] = []

  /// Builds a replica on every participant, all with the same initial weights.
  ///
  /// A device that cannot be prepared is given up, as later; `onNotice` hears of it before this returns.
  ///
  /// - Parameters:
  ///   - configuration: The recipe.
  ///   - source: The training examples.
  ///   - participants: The devices; one device may appear several times.
  ///   - state: Where to continue; by default the run begins.
  ///   - onNotice: Is told of devices that are given up and of those that join.
  /// - Throws: `GraphError`, or `TrainingError` where nothing can be trained.
  public init(
    _ configuration: TrainerConfiguration, source: any ExampleSource, participants: [Participant],
    resuming state: TrainingState? = nil, onNotice: @escaping (Notice) -> Void = { _ in }
  ) throws {
    try configuration.check(source, participants)
    self.configuration = configuration
    self.source = source
    plan = try Plan(configuration.graph)
    links = participants.compactMap(\.link)
    layout = BucketLayout(
      plan,
      sizes: configuration.buckets
        ?? BucketSizes(
          total: configuration.graph.parameters.reduce(0) { $0 + $1.shape.count }, links: links))
    batches = BatchSequence(
      exampleCount: source.count, batch: configuration.batch, grain: configuration.grain,
      seed: configuration.seed)
    notices.handler = onNotice
    identity = RunIdentity(configuration, source: source)
    try state?.check(identity, configuration.optimizer)
    scales = state?.scales ?? []
    let ledger = Ledger(
      state?.planState(layout) ?? configuration.initialState(layout), step: state?.step ?? 0,
      layout: layout, parameters: configuration.graph.parameters,
      optimizer: configuration.optimizer.optimizer)
    let factory = ReplicaFactory(configuration, plan, layout, participants)
    var coordinator = Coordinator(
      configuration.split, bucketCount: layout.buckets.count, patience: configuration.patience)
    for (index, participant) in participants.enumerated() {
      _ = coordinator.add(
        expectedSecondsPerGrain: participant.expectedSeconds,
        waveGrains: factory.waveGrains[index], isReserve: participant.isReserve)
    }
    engine = Engine(
      coordinator, names: participants.map(\.name), layout: layout, ledger: ledger,
      trace: configuration.trace, makePort: factory.port, notify: notices.notify)
    returns = Returns(configuration, participants)
    engine.admit(returns.initial)
    guard !engine.coordinator.availableReplicas.isEmpty else { throw engine.noDeviceLeft }
  }

  /// Steps of one epoch; the last one of an epoch may have fewer grains.
  public var stepsPerEpoch: Int { batches.stepsPerEpoch }

  /// Names of the replicas, in the order of the participants.
  public var replicaNames: [String] { engine.names }

  /// Trains on the next batch. The weights change only when every grain has been counted exactly once.
  ///
  /// - Returns: What the step found, before its update.
  /// - Throws: `TrainingError`; the weights are then those of the step before.
  @discardableResult
  public func step() throws -> StepReport {
    let start = ContinuousClock.now
    let batch = batches.batch(at: stepCount)
    let due = returns.due(
      step: stepCount, isAbsent: engine.coordinator.isAbsent, wasLost: engine.wasLost)
    for replica in due { engine.admitLater(replica) }
    if scales.isEmpty { scales = try firstScales(batch) }

    let computed = try compute(batch)
    let counted = max(1, computed.reduce(0) { $0 + $1.countedCount })
    let work = engine.coordinator.work
    let largest = layout.byParameter(engine.bucketOutcomes).map(\.largest)
    engine.commit(
      configuration.optimizer.numbers(
        step: batch.step, of: configuration.steps, counted: counted, grains: batch.grainCount,
        clipping: clipping(counted)))
    scales = largest.map { GradientScale(largest: $0) }
    return StepReport(
      step: batch.step, epoch: batch.epoch, examples: batch.indices.count,
      loss: meanLoss(computed), rate: configuration.rate(at: batch.step), countedCount: counted,
      correctCount: computed.reduce(0) { $0 + $1.correctCount },
      replicaGrains: work.map(\.grains), replicaSeconds: work.map(\.seconds),
      seconds: (ContinuousClock.now - start).seconds)
  }

  /// Forward, backward and reduction, again with wider scales while a gradient does not fit.
  private func compute(_ batch: GlobalBatch) throws -> [ShardOutcome] {
    let interval = configuration.auditInterval
    let next = batch.step + 1 < configuration.steps ? upcoming(batch) : nil
    while true {
      let computed = try engine.compute(
        Engine.StepInput(batch: batch, source: source, scales: scales, next: next),
        grainCount: batch.grainCount,
        audits: interval > 0 && (batch.step + 1) % interval == 0, isMeasurement: false)
      let outcomes = layout.byParameter(engine.bucketOutcomes)
      let loss = meanLoss(computed)
      if loss.isFinite && outcomes.allSatisfy({ $0.misfit == 0 }) { return computed }
      try requireFinite(loss, step: batch.step)
      for (id, outcome) in outcomes.enumerated() where outcome.misfit != 0 {
        scales[id] = try scale(for: id, misfit: outcome.misfit, step: batch.step)
      }
    }
  }

  /// The next batch, if it is of the same epoch: the order of another one would be made twice.
  private func upcoming(_ batch: GlobalBatch) -> GlobalBatch? {
    (batch.step + 1) % stepsPerEpoch == 0 ? nil : batches.batch(at: batch.step + 1)
  }

  /// The first scales follow from the magnitudes of the global batch's first grain.
  private func firstScales(_ batch: GlobalBatch) throws -> [GradientScale] {
    let measuring = Array(repeating: GradientScale.measuring, count: layout.counts.count)
    let computed = try engine.compute(
      Engine.StepInput(batch: batch, source: source, scales: measuring), grainCount: 1,
      audits: false, isMeasurement: true)
    try requireFinite(meanLoss(computed), step: batch.step)
    return try layout.byParameter(engine.bucketOutcomes).enumerated().map { id, outcome in
      try scale(for: id, misfit: outcome.misfit, step: batch.step)
    }
  }

  /// Per counted prediction; added in the order of the examples, which no split changes.
  private func meanLoss(_ shards: [ShardOutcome]) -> Double {
    let counted = shards.reduce(0) { $0 + $1.countedCount }
    return shards.lazy.flatMap(\.losses).reduce(0.0) { $0 + Double($1) } / Double(max(counted, 1))
  }

  /// What clipping leaves of the reduced gradients.
  private func clipping(_ counted: Int) -> Double {
    guard let limit = configuration.optimizer.clipNorm else { return 1 }
    let trained = plan.graph.parameters.indices.filter { plan.graph.parameters[$0].isTrained }
    let norm = GlobalNorm(of: trained.map(engine.gradients.parameter), counted: counted) {
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

  /// The network's loss and accuracy on other examples, computed by all replicas.
  public func evaluate(_ examples: any ExampleSource) throws -> Evaluation {
    let batch = GlobalBatch(
      step: stepCount, epoch: 0, indices: Array(0..<examples.count), grain: configuration.grain)
    let outcomes = try engine.evaluate(
      Engine.StepInput(batch: batch, source: examples, scales: []))
    return Evaluation(
      examples: examples.count, loss: meanLoss(outcomes),
      countedCount: outcomes.reduce(0) { $0 + $1.countedCount },
      correctCount: outcomes.reduce(0) { $0 + $1.correctCount })
  }

  /// The committed weights.
  ///
  /// All replicas are compared. One that does not hold them is given up, as `onNotice` hears; where no device is
  /// left they are computed on the host, with the same bits.
  ///
  /// - Parameter averaged: Whether to give their moving averages, where the optimizer keeps those.
  /// - Returns: The weights that all replicas hold.
  public func weights(averaged: Bool = false) -> Weights {
    let state = engine.state()
    return Weights(
      parameters: configuration.graph.parameters,
      values: layout.parameters(
        of: averaged && !state.averages.isEmpty ? state.averages : state.weights))
  }
}

extension BucketLayout {
  /// What belongs to the parameters of each bucket, by parameter.
  fileprivate func byParameter(_ outcomes: [[Reducer.Outcome]]) -> [Reducer.Outcome] {
    var all = counts.map { _ in Reducer.Outcome() }
    for (bucket, outcomes) in zip(buckets, outcomes) {
      for (parameter, outcome) in zip(bucket.parameters, outcomes) { all[parameter] = outcome }
    }
    return all
  }
}
