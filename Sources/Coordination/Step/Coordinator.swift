/// Decides who computes what, when a bucket is summed, and what follows from a fault: the whole engine but the
/// work itself.
///
/// A value without clock, threads and devices: events and the time go in, actions come out. Trainers run it on real
/// replicas, simulations on virtual ones, with the same code. In one step
///
///     begin → compute … delivered … reduce … reduced → upload … → (audit) → finished → commit → update
///
/// every grain is counted exactly once: what a replica has computed counts only while the replica is trusted, and
/// whole. If it is given up, its grains are computed by the others, who add them to their own sums and hand in their
/// buckets again; sums that had been reduced with its part are reduced again without it.
public struct Coordinator: Sendable {
  /// What the current attempt is for.
  enum Phase: Sendable, Hashable {
    case idle
    case computing
    /// Waits for opinions about one grain.
    case auditing
    /// All counted; the caller commits, or begins anew.
    case finished
  }

  /// An order on its way.
  struct Outstanding: Sendable {
    let order: Order
    let attempt: Int
    /// What the replica's sums hold when it is done: its portions of the attempt so far.
    let version: Int
    /// When it came to the head of its lane; nil while others are before it.
    var started: Seconds?
    var deadline: Seconds?
  }

  /// A bucket that is being summed.
  struct Reduction: Sendable {
    let replicas: [Int]
  }

  /// How grains are split, and what has been learned about each replica.
  public internal(set) var scheduler: Scheduler
  /// How long is waited.
  public let patience: Patience
  /// Buckets of gradients.
  public let bucketCount: Int

  var members: [Member] = []
  var durations: [Durations] = []
  var actions: [Action] = []
  var outstanding: [Int: Outstanding] = [:]
  /// No deadline is before this; it moves on only in `expire`.
  var earliestDeadline = Seconds.infinity
  var nextOrder = 0
  var now: Seconds = 0

  var phase = Phase.idle
  var step = 0
  var grainCount = 0
  var isEvaluation = false
  var recordsTimes = true
  /// Counts attempts at steps: what belongs to an earlier one counts no more.
  var attempt = 0
  /// Counts changes of what the buckets' sums are made of: a sum of an earlier one is worth nothing.
  var epoch = 0
  var reductions: [Int: Reduction] = [:]
  var reducedBuckets: Set<Int> = []
  var audit: Audit?
  /// Chooses whom the next audit is about.
  var auditCount = 0
  /// Whether this step is audited, however often it is begun anew.
  var isAudited = false
  /// Whom the next attempt's audit should be about.
  var suspects: [Int] = []

  /// A coordinator without replicas.
  public init(_ split: Split, bucketCount: Int, patience: Patience = Patience()) {
    scheduler = Scheduler(split)
    self.bucketCount = bucketCount
    self.patience = patience
  }

  /// Adds a replica, which is not there before it is admitted.
  ///
  /// - Parameters:
  ///   - expectedSecondsPerGrain: A first estimate; only its ratio to the others' matters.
  ///   - waveGrains: Most grains of one portion.
  ///   - isReserve: Whether it takes part only where others disagree.
  /// - Returns: Its number.
  public mutating func add(
    expectedSecondsPerGrain: Double, waveGrains: Int, isReserve: Bool = false
  ) -> Int {
    members.append(Member(isReserve: isReserve, waveGrains: max(1, waveGrains)))
    durations.append(Durations())
    return scheduler.add(expectedSecondsPerGrain: expectedSecondsPerGrain)
  }

  /// Lets a replica that is absent in: it is asked to prepare, and takes part from the next step on.
  public mutating func admit(_ replica: Int, now: Seconds) {
    self.now = now
    guard members[replica].status == .absent else { return }
    members[replica].status = .preparing
    scheduler.reset(replica: replica)
    send(.prepare, to: replica)
  }

  /// Replicas that take part.
  public internal(set) var activeReplicas: [Int] = []

  /// To be called when a replica's status has changed.
  mutating func noteStatus() { activeReplicas = members.indices.filter { members[$0].takesPart } }

  /// Replicas that are being prepared.
  public var preparingReplicas: [Int] {
    members.indices.filter { members[$0].status == .preparing }
  }

  /// Replicas that take part, now or from the next step on.
  public var availableReplicas: [Int] {
    members.indices.filter {
      members[$0].status == .active || members[$0].status == .ready && !members[$0].isReserve
    }
  }

  /// Whether a replica is away and could come back.
  public func isAbsent(_ replica: Int) -> Bool { members[replica].status == .absent }

  /// Begins to compute a batch: gradients of all its grains, summed in buckets.
  ///
  /// - Parameters:
  ///   - step: The step; the same as before to compute it anew.
  ///   - grainCount: Grains of the batch.
  ///   - audits: Whether one grain is computed by two replicas.
  ///   - isMeasurement: Whether its times say nothing about other steps.
  ///   - now: The time.
  public mutating func begin(
    step: Int, grainCount: Int, audits: Bool = false, isMeasurement: Bool = false, now: Seconds
  ) {
    isAudited = audits
    begin(step, grainCount, isEvaluation: false, records: !isMeasurement, now)
    pump()
  }

  /// Begins to evaluate a batch.
  public mutating func beginEvaluation(step: Int, grainCount: Int, now: Seconds) {
    isAudited = false
    begin(step, grainCount, isEvaluation: true, records: false, now)
    pump()
  }

  private mutating func begin(
    _ step: Int, _ grainCount: Int, isEvaluation: Bool, records: Bool, _ now: Seconds
  ) {
    self.now = now
    self.step = step
    self.grainCount = grainCount
    self.isEvaluation = isEvaluation
    recordsTimes = records
    suspects = []
    activateReady()
    beginAttempt()
  }

  /// Splits the batch over the replicas that take part.
  mutating func beginAttempt() {
    attempt += 1
    epoch += 1
    phase = .computing
    audit = nil
    reducedBuckets = []
    for id in members.indices { members[id].beginAttempt(bucketCount: bucketCount) }
    let live = activeReplicas
    guard !live.isEmpty else { return endWithoutReplicas() }
    for (id, grains) in zip(live, scheduler.shards(grainCount: grainCount, live: live)) {
      members[id].planned = pieces(grains, for: id)
    }
    if isAudited { chooseAudit() }
  }

  private mutating func activateReady() {
    for id in members.indices where members[id].status == .ready && !members[id].isReserve {
      members[id].status = .active
      noteStatus()
      send(.load, to: id)
    }
  }

  /// Orders the update of the step that has finished, on every replica that takes part.
  public mutating func commit(now: Seconds) {
    precondition(phase == .finished && !isEvaluation, "only a finished step is committed")
    self.now = now
    for id in activeReplicas { send(.update, to: id) }
    phase = .idle
  }

  /// Asks a replica for its weights and states.
  public mutating func requestState(of replica: Int, now: Seconds) -> Order {
    self.now = now
    return send(.read, to: replica)
  }

  /// Whether an order is still on its way.
  public func isOutstanding(_ order: Int) -> Bool { outstanding[order] != nil }

  /// Whose an order is that is still on its way; nil otherwise.
  public func replica(ofOutstanding order: Int) -> Int? { outstanding[order]?.order.replica }

  /// Takes an event in.
  public mutating func handle(_ event: Event, now: Seconds) {
    self.now = now
    switch event {
    case .completed(let order, let seconds):
      let isTransfer = outstanding[order]?.order.work.lane == .transfer
      complete(order, seconds)
      // Nothing is decided by an upload.
      if isTransfer { return }
    case .delivered(let order, let bucket):
      // One more of many replicas' buckets; the last of them lets it be summed.
      guard deliver(order, bucket) else { return }
    case .digest(let order, let digest): takeDigest(order, digest)
    case .failed(let order, let reason):
      guard let replica = outstanding[order]?.order.replica else { return }
      giveUp(replica, .failed(reason))
    case .lost(let replica, let reason): giveUp(replica, .failed(reason))
    case .reduced(let bucket, let epoch): takeReduced(bucket, epoch)
    }
    pump()
  }

  /// Gives up a replica whose weights or states after `step` steps are not those of the run.
  public mutating func evict(_ replica: Int, wrongAfter step: Int, now: Seconds) {
    self.now = now
    giveUp(replica, .wrongState(step: step))
    pump()
  }

  /// Gives up every replica whose time has run out.
  public mutating func expire(now: Seconds) {
    self.now = now
    guard earliestDeadline <= now else { return }
    for id in members.indices {
      for lane in Work.Lane.allCases {
        guard let head = members[id].queues[lane.rawValue].first,
          let waiting = outstanding[head], let deadline = waiting.deadline, deadline <= now
        else { continue }
        giveUp(id, .silent(waiting.order.work, allowed: deadline - (waiting.started ?? now)))
        break
      }
    }
    earliestDeadline = members.reduce(.infinity) { earliest, member in
      member.queues.compactMap { $0.first.flatMap { outstanding[$0]?.deadline } }
        .reduce(earliest, min)
    }
    pump()
  }

  /// The next time at which `expire` must be called; nil while nothing is waited for.
  ///
  /// Where orders have been done since, it may be that nothing has run out by then: `expire` finds out.
  public var nextDeadline: Seconds? { outstanding.isEmpty ? nil : earliestDeadline }

  /// What is to be done, in order; empty afterwards.
  public mutating func takeActions() -> [Action] {
    defer { actions = [] }
    return actions
  }
}
