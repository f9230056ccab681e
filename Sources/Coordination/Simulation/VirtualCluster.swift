/// Runs a coordinator on virtual devices with a virtual clock.
///
/// It does what a trainer does: it carries the coordinator's actions out, hands events in, and commits steps. The
/// same scenario gives the same run, event by event.
final class VirtualCluster {
  enum Happening {
    case done(device: Int, life: Int, lane: Int, order: Order, seconds: Seconds)
    case failed(device: Int, life: Int, order: Order)
    case handedIn(device: Int, life: Int, order: Int, bucket: Int, value: UInt64, isWrong: Bool)
    case left(device: Int, life: Int)
    case arrival(device: Int)
    case reduced
  }

  /// How the attempt at a step ended.
  enum Outcome { case finished, noReplicaLeft, undecided }

  let scenario: Scenario
  let model: VirtualModel
  let seed: UInt64?
  var coordinator: Coordinator
  var devices: [VirtualDevice]
  var reducer: VirtualReducer
  var heap = EventHeap<Happening>()
  var dice: Dice
  var log = VirtualLog()
  var now: Seconds = 0
  var step = 0
  var outcome: Outcome?

  /// Committed weights before each step, by step; the last are those of the end.
  var weights: [UInt64]
  /// The reduced buckets of each step that was committed.
  var committed: [[UInt64]] = []
  /// Whether wrong bits that no audit has found have reached the weights.
  var isTainted = false

  /// Devices that the coordinator must not use: away, given up, evicted.
  var isOut: [Bool]
  var isEvicted: [Bool]
  /// The last order that each device was sent, by lane.
  var lastOrders: [[Int]]
  var arrivalsAhead = 0

  /// What portions with a digest found, until they are done, and what they were about.
  var digests: [Int: [UInt8]] = [:]
  /// Digests of the current attempt, by grain: whose, and whether they are wrong.
  var opinions: [Int: [(device: Int, order: Int, isWrong: Bool)]] = [:]
  var measures: [Int: UInt64] = [:]
  var readWeights: [Int: UInt64] = [:]
  /// Of an upload or update that goes on: the change counts of what it reads.
  var stamps: [Int: [Int]] = [:]

  var tally = VirtualTally()

  init(_ scenario: Scenario, seed: UInt64? = nil) {
    self.scenario = scenario
    self.seed = seed
    let bucketCount = scenario.bucketBytes.count
    model = VirtualModel(seed: scenario.dataSeed, bucketCount: bucketCount)
    coordinator = Coordinator(
      scenario.split, bucketCount: bucketCount, patience: scenario.patience)
    devices = scenario.devices.enumerated().map { index, profile in
      VirtualDevice(
        profile, bucketCount: bucketCount, faults: scenario.faults.filter { $0.device == index })
    }
    reducer = VirtualReducer(bucketCount: bucketCount)
    dice = Dice(seed: scenario.chanceSeed)
    weights = [model.initialWeights]
    isOut = Array(repeating: true, count: devices.count)
    isEvicted = Array(repeating: false, count: devices.count)
    lastOrders = Array(repeating: [-1, -1], count: devices.count)
  }

  /// Hands an event in, and carries out what follows.
  func feed(_ event: Event) throws {
    log.record(.event(event), at: now)
    decide { $0.handle(event, now: now) }
    try perform()
  }

  /// Lets the coordinator decide, and takes the time that it needs for it.
  func decide<Result>(_ body: (inout Coordinator) -> Result) -> Result {
    let begin = ContinuousClock.now
    let result = body(&coordinator)
    tally.addDecision(ContinuousClock.now - begin)
    return result
  }

  /// Lets time pass until something is so.
  func advance(until isDone: () -> Bool) throws {
    try perform()
    while !isDone() {
      let deadline = coordinator.nextDeadline
      guard let next = [heap.nextTime, deadline].compactMap(\.self).min() else {
        throw violation("nothing is going to happen, and nobody waits")
      }
      tally.eventCount += 1
      now = max(now, next)
      guard tally.eventCount < Self.mostEvents, now < Self.mostSeconds else {
        throw violation("the run does not end")
      }
      if let deadline, deadline <= next {
        log.record(.note("time is up", 0), at: now)
        decide { $0.expire(now: now) }
        try perform()
      } else if let happening = heap.removeFirst() {
        try happen(happening.value)
      }
      if scenario.isChecked { try checkWaits() }
    }
  }

  private static let mostEvents = 5_000_000
  private static let mostSeconds = 1e7

  func violation(_ invariant: String) -> InvariantViolation {
    InvariantViolation(invariant: invariant, seed: seed, seconds: now, lastEvents: log.lines)
  }
}

/// What a run has come to, in numbers.
struct VirtualTally {
  var eventCount = 0
  var faults: [Fault] = []
  var takeOvers = 0
  /// Of each decision in the current step.
  var decisionSeconds = 0.0
  var longestDecision = 0.0
  /// Of the last decision how to split a batch.
  var splitSeconds = 0.0
  private(set) var lastDecision = 0.0

  mutating func addDecision(_ duration: Duration) {
    let parts = duration.components
    let seconds = Double(parts.seconds) + Double(parts.attoseconds) * 1e-18
    lastDecision = seconds
    decisionSeconds += seconds
    longestDecision = max(longestDecision, seconds)
  }
}
