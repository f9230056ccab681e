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
  private(set) var gradients: GradientSet
  private(set) var bucketOutcomes: [[Reducer.Outcome]]
  private var input: StepInput?
  private var numbers: UpdateNumbers?
  private var isFinished = false
  private var isAlone = false

  private let layout: BucketLayout
  private let reducer: Reducer
  private let reducing = ReplicaThread(name: "chorus reducer")
  private let makePort: (_ replica: Int, _ step: Int) -> any ReplicaPort
  private var ports: [(any ReplicaPort)?]
  private var parts: [[BucketPart?]]
  private var outcomes: [Int: ShardOutcome] = [:]
  /// Grains of each replica's first portion of the step.
  private var firstGrains: [Int: Range<Int>] = [:]
  private var states: [Int: PlanState] = [:]
  private var pendingState: (order: Int, step: Int)?
  private let start = ContinuousClock.now
  private let notify: (Notice) -> Void
  private let trace: Recorder?
  private var lastFault: (name: String, fault: Fault)?
  private var lost: Set<Int> = []
  private let firstStep: Int

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

  private var now: Seconds { (ContinuousClock.now - start).seconds }

  // MARK: What a trainer asks for.

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
    if ledger.wantsState, pendingState.map({ coordinator.isOutstanding($0.order) }) != true,
      let order = coordinator.requestState(now: now)
    {
      pendingState = (order.id, ledger.step)
      perform()
    }
  }

  /// The committed state, read from a replica, or where there is none computed on the host.
  func state() -> PlanState {
    while let order = coordinator.requestState(now: now) {
      run { !$0.coordinator.isOutstanding(order.id) }
      if let state = states.removeValue(forKey: order.id) {
        ledger.adopt(state, step: ledger.step)
        return state
      }
    }
    return ledger.state()
  }

  /// The states of all replicas that take part.
  func allStates() -> [(replica: Int, state: PlanState)] {
    let active = coordinator.activeReplicas
    let orders = active.map { ($0, coordinator.requestState(of: $0, now: now)) }
    run { engine in !orders.contains { engine.coordinator.isOutstanding($0.1.id) } }
    return orders.compactMap { replica, order in
      states.removeValue(forKey: order.id).map { (replica, $0) }
    }
  }

  // MARK: The loop.

  /// Runs `begin` and what follows from it until the step is finished, again where all devices were lost and others
  /// are on their way.
  private func untilFinished(_ begin: (Engine) -> Void) throws {
    while true {
      (isFinished, isAlone) = (false, false)
      begin(self)
      run { $0.isFinished || $0.isAlone || $0.undecided != nil }
      if isFinished { return }
      if let (grain, replicas) = undecided {
        throw TrainingError.devicesDisagree(
          grain: grain, devices: replicas.map { names[$0] }, step: ledger.step)
      }
      guard !coordinator.preparingReplicas.isEmpty else { throw noDeviceLeft }
      run { $0.coordinator.preparingReplicas.isEmpty }
    }
  }

  private var undecided: (grain: Int, replicas: [Int])?

  /// Carries out actions and takes events in until `condition` holds.
  private func run(until condition: (Engine) -> Bool) {
    while true {
      perform()
      if condition(self) { return }
      let deadline = coordinator.nextDeadline
      if let deadline, deadline <= now {
        coordinator.expire(now: now)
        continue
      }
      let instant = deadline.map { start + .seconds($0) }
      if let event = mailbox.next(until: instant) { take(event) }
    }
  }

  private func take(_ event: EngineEvent) {
    switch event {
    case .completed(let order, let seconds, let outcome):
      if coordinator.isOutstanding(order) { outcomes[order] = outcome }
      handle(.completed(order: order, seconds: seconds))
    case .delivered(let order, let bucket, let part):
      guard let replica = coordinator.replica(ofOutstanding: order) else { return }
      parts[replica][bucket] = part
      handle(.delivered(order: order, bucket: bucket))
    case .digest(let order, let digest): handle(.digest(order: order, digest: digest))
    case .state(let order, let state):
      guard coordinator.isOutstanding(order) else { return }
      if let pending = pendingState, pending.order == order {
        ledger.adopt(state, step: pending.step)
      } else {
        states[order] = state
      }
    case .failed(let order, let reason): handle(.failed(order: order, reason: reason))
    case .lost(let replica, let reason): handle(.lost(replica: replica, reason: reason))
    case .reduced(let bucket, let epoch, let outcomes):
      bucketOutcomes[bucket] = outcomes
      handle(.reduced(bucket: bucket, epoch: epoch))
    }
  }

  private func handle(_ event: Event) { coordinator.handle(event, now: now) }

  /// Carries out all actions.
  private func perform() {
    while true {
      let actions = coordinator.takeActions()
      guard !actions.isEmpty else { return }
      for action in actions { perform(action) }
    }
  }

  private func perform(_ action: Action) {
    switch action {
    case .send(let order):
      if case .prepare = order.work {
        ports[order.replica] = makePort(
          order.replica, ledger.step)
      }
      if case .load = order.work, ledger.step > firstStep || wasLost(order.replica) {
        notify(.joined(name: names[order.replica], step: ledger.step))
      }
      ports[order.replica]?.take(Assignment(order: order, payload: payload(of: order)))
    case .reduce(let bucket, let replicas, let epoch):
      let parts = replicas.compactMap { self.parts[$0][bucket] }
      let (scales, gradients) = (input?.scales ?? [], gradients)
      let step = ledger.step
      reducing.submit { [reducer, mailbox, trace] in
        let start = trace?.now() ?? 0
        let outcomes = reducer.reduce(bucket: bucket, parts, scales: scales, to: gradients)
        trace?.add(
          Span(
            .host("reducer"), .reduce, "bucket \(bucket)", start: start, end: trace?.now() ?? 0,
            step: step, notes: ["replicas": "\(parts.count)"]))
        mailbox.post(.reduced(bucket: bucket, epoch: epoch, outcomes))
      }
    case .abandon(let replica, let fault):
      ports[replica]?.abandon()
      // Its memory is given up on its thread, which ends with it.
      parts[replica] = layout.buckets.map { _ in nil }
      ports[replica] = nil
      lastFault = (names[replica], fault)
      lost.insert(replica)
      if let trace {
        trace.add(
          Span(
            .host("scheduler"), .fault, "device \(names[replica]) given up", start: trace.now(),
            end: trace.now(), step: ledger.step))
      }
      notify(.lost(replica: replica, name: names[replica], step: ledger.step, fault: fault))
    case .takeOver(let grains, let replica):
      notify(.tookOver(grains: grains, from: names[replica]))
    case .finished: isFinished = true
    case .noReplicaLeft: isAlone = true
    case .undecided(let grain, let replicas): undecided = (grain, replicas)
    }
  }

  private func payload(of order: Order) -> Assignment.Payload {
    switch order.work {
    case .load: return .state(ledger.state())
    case .compute, .evaluate:
      guard let input else { return .none }
      return .batch(input.batch, input.source, input.scales, ahead: ahead(of: order))
    case .upload: return .gradients(gradients)
    case .update: return numbers.map { .numbers($0) } ?? .none
    case .prepare:
      parts[order.replica] = layout.buckets.map { _ in nil }
      return .none
    case .deliver, .read: return .none
    }
  }

  /// What a replica is expected to begin the next step with: the same grains as in this one.
  private func ahead(of order: Order) -> Shard? {
    guard case .compute(let portion) = order.work, let input, let next = input.next else {
      return nil
    }
    if portion.isFirst { firstGrains[order.replica] = portion.grains }
    guard portion.delivers, let grains = firstGrains[order.replica],
      grains.upperBound <= next.grainCount
    else { return nil }
    return Shard(batch: next, grains: grains, source: input.source)
  }

  /// What was accepted, in the order of the grains.
  private func takeOutcomes() -> [ShardOutcome] {
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
