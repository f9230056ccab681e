import CScheduling
import ComputeGraph
import Coordination
import Execution
import Foundation
import Timeline

/// Carries out what the coordinator decides: gives orders to replicas and buckets to the reducer, and waits.
///
/// Used by one thread, which waits in `run`; replicas and the reducer work on threads of their own.
final class Engine {
  /// What the orders of the current step need.
  struct StepInput {
    var batch: GlobalBatch
    var source: any ExampleSource
    var scales: [GradientScale]
    /// The batch of the next step, whose examples are gathered while this one is computed.
    var next: GlobalBatch?
  }

  var coordinator: Coordinator
  let mailbox = Mailbox<EngineEvent>()
  let ledger: Ledger
  let names: [String]

  /// Of the current step.
  var gradients: GradientSet
  var bucketOutcomes: [[Reducer.Outcome]]
  var input: StepInput?
  var numbers: UpdateNumbers?
  var isFinished = false
  var isAlone = false
  /// A grain that replicas disagree about for good.
  var undecided: (grain: Int, replicas: [Int])?

  let layout: BucketLayout
  let reducer: Reducer
  let reducing = ReplicaThread(name: "chorus reducer")
  let makePort: (_ replica: Int, _ step: Int) -> any ReplicaPort
  var ports: [(any ReplicaPort)?]
  var parts: [[BucketPart?]]
  var outcomes: [Int: ShardOutcome] = [:]
  /// Grains of each replica's first portion of the step.
  var firstGrains: [Int: Range<Int>] = [:]
  var states: [Int: PlanState] = [:]
  /// States that are read while steps go on.
  var reading: Reading?
  let start = ContinuousClock.now
  let notify: (Notice) -> Void
  let trace: Recorder?
  var lastFault: (name: String, fault: Fault)?
  var lost: Set<Int> = []
  let firstStep: Int

  /// An engine without replicas that take part.
  ///
  /// - Parameters:
  ///   - coordinator: Knows the replicas, by the positions of `names`.
  ///   - names: What messages call them.
  ///   - layout: The buckets.
  ///   - ledger: The committed state.
  ///   - trace: Records what the host does.
  ///   - makePort: Makes a replica that has yet to be prepared.
  ///   - notify: Is told of faults and of devices that come and go.
  init(
    _ coordinator: Coordinator, names: [String], layout: BucketLayout, ledger: Ledger,
    trace: Recorder?,
    makePort: @escaping (_ replica: Int, _ step: Int, Mailbox<EngineEvent>) -> any ReplicaPort,
    notify: @escaping (Notice) -> Void
  ) {
    // The thread that makes the engine runs its loop.
    _ = chorus_prefer_short_turns()
    self.trace = trace
    self.coordinator = coordinator
    self.names = names
    self.layout = layout
    self.ledger = ledger
    self.notify = notify
    firstStep = ledger.step
    reducer = Reducer(layout, threadCount: ProcessInfo.processInfo.activeProcessorCount)
    gradients = ledger.makeSet()
    bucketOutcomes = layout.buckets.map { _ in [] }
    ports = names.map { _ in nil }
    parts = names.map { _ in [] }
    let mailbox = mailbox
    self.makePort = { makePort($0, $1, mailbox) }
  }

  deinit {
    // Before the replicas, whose threads give the memory up.
    parts = []
    reducing.stop()
    ports = []
    Replica.waitForReleases()
  }

  var now: Seconds { (ContinuousClock.now - start).seconds }

  /// Lets replicas in, and waits until each is prepared or given up.
  func admit(_ replicas: [Int]) {
    for replica in replicas { coordinator.admit(replica, now: now) }
    run { $0.coordinator.preparingReplicas.isEmpty }
  }

  /// Lets a replica in that takes part from one of the next steps on.
  func admitLater(_ replica: Int) {
    coordinator.admit(replica, now: now)
    perform()
  }

  /// Computes a batch's gradients, whatever becomes of single devices.
  ///
  /// - Returns: What the replicas found, in the order of the examples.
  /// - Throws: `TrainingError` if no device is left, or devices disagree.
  func compute(
    _ input: StepInput, grainCount: Int, audits: Bool, isMeasurement: Bool
  ) throws -> [ShardOutcome] {
    self.input = input
    let start = trace?.now() ?? 0
    try untilFinished { engine in
      engine.coordinator.begin(
        step: input.batch.step, grainCount: grainCount, audits: audits,
        isMeasurement: isMeasurement, now: engine.now)
      engine.traceDecision(since: start)
    }
    return takeOutcomes()
  }

  private func traceDecision(since start: Seconds) {
    guard let trace else { return }
    let shares = coordinator.scheduler.decision?.shares.map { "\(names[$0.replica]): \($0.grains)" }
    trace.add(
      Span(
        .host("scheduler"), .decision, "split", start: start, end: trace.now(), step: ledger.step,
        notes: ["grains": (shares ?? []).joined(separator: ", ")]))
  }

  /// The forward pass of a batch.
  func evaluate(_ input: StepInput) throws -> [ShardOutcome] {
    self.input = input
    try untilFinished {
      $0.coordinator.beginEvaluation(
        step: input.batch.step, grainCount: input.batch.grainCount, now: $0.now)
    }
    return takeOutcomes()
  }

  /// Commits the step that was computed; the replicas' updates run while the next one begins.
  func commit(_ numbers: UpdateNumbers) {
    self.numbers = numbers
    ledger.commit(numbers, gradients)
    coordinator.commit(now: now)
    perform()
    gradients = ledger.makeSet()
    if ledger.wantsState { readAhead() }
  }

  /// What was accepted, in the order of the grains.
  func takeOutcomes() -> [ShardOutcome] {
    defer { outcomes = [:] }
    return coordinator.accepted.compactMap { outcomes[$0.order] }
  }

  /// Nobody is left; the last one's fault says why.
  var noDeviceLeft: TrainingError {
    .noDeviceLeft(
      step: ledger.step,
      last: lastFault.map { "device \($0.name) failed: \(Notice.text(of: $0.fault))" })
  }

  /// Whether a replica was given up at least once.
  func wasLost(_ replica: Int) -> Bool { lost.contains(replica) }
}
