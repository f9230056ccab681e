import Coordination

/// Random numbers that depend on the seed alone.
struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

  mutating func next() -> UInt64 {
    // xorshift64*: Vigna, "An experimental exploration of Marsaglia's xorshift generators" (2016).
    state ^= state >> 12
    state ^= state << 25
    state ^= state >> 27
    return state &* 2_685_821_657_736_338_717
  }

  /// A factor around 1, uniform with this half width.
  mutating func jitter(_ width: Double) -> Double {
    width > 0 ? Double.random(in: 1 - width...1 + width, using: &self) : 1
  }
}

/// Devices whose times are known, so that what the scheduler learns can be compared with the truth.
struct ScheduleSimulation {
  /// Seconds of a device for so many grains, at least one.
  typealias Truth = (Int) -> Double

  var scheduler: Scheduler
  var truths: [Truth]
  var jitter: Double
  var random: SeededRandom
  /// By how much each device is slower than its truth.
  var slowness: [Double]
  private(set) var lastCounts: [Int] = []

  init(
    _ truths: [Truth], expectedSecondsPerGrain: Double = 0.001, jitter: Double = 0, seed: UInt64 = 1
  ) {
    scheduler = Scheduler(.measured)
    self.truths = truths
    self.jitter = jitter
    random = SeededRandom(seed)
    slowness = truths.map { _ in 1 }
    for _ in truths { _ = scheduler.add(expectedSecondsPerGrain: expectedSecondsPerGrain) }
  }

  static func affine(fixed: Double, perGrain: Double) -> Truth {
    { fixed + perGrain * Double($0) }
  }

  /// A device that computes so many grains at once: its time is a stair.
  static func waves(of size: Int, seconds: Double, fixed: Double = 0) -> Truth {
    { fixed + seconds * Double(($0 + size - 1) / size) }
  }

  /// A device whose further grains cost ever more.
  static func convex(perGrain: Double, doublingAt: Double) -> Truth {
    { perGrain * Double($0) * (1 + Double($0) / doublingAt) }
  }

  func trueSeconds(_ counts: [Int]) -> Double {
    counts.indices.map { counts[$0] > 0 ? truths[$0](counts[$0]) * slowness[$0] : 0 }.max() ?? 0
  }

  /// One step over the live devices (all, unless named): splits, measures with jitter, and returns
  /// the seconds that the step takes without it.
  @discardableResult
  mutating func step(_ grainCount: Int, live: [Int]? = nil) -> Double {
    let live = live ?? Array(truths.indices)
    var counts = truths.map { _ in 0 }
    for (replica, shard) in zip(live, scheduler.shards(grainCount: grainCount, live: live)) {
      counts[replica] = shard.count
    }
    for replica in live where counts[replica] > 0 {
      let seconds = truths[replica](counts[replica]) * slowness[replica] * random.jitter(jitter)
      scheduler.record(replica: replica, grains: counts[replica], seconds: seconds)
    }
    lastCounts = counts
    return trueSeconds(counts)
  }

  /// The least time in which the devices could finish, were they known.
  func optimum(_ grainCount: Int) -> Double {
    func isEnough(_ seconds: Double) -> Bool {
      var sum = 0
      for index in truths.indices {
        var (low, high) = (0, grainCount)
        while low < high {
          let middle = (low + high + 1) / 2
          if truths[index](middle) * slowness[index] <= seconds {
            low = middle
          } else {
            high = middle - 1
          }
        }
        sum += low
      }
      return sum >= grainCount
    }
    var (tooLittle, enough) = (0.0, 1e6)
    for _ in 0..<80 {
      let middle = (tooLittle + enough) / 2
      if isEnough(middle) { enough = middle } else { tooLittle = middle }
    }
    return enough
  }
}
