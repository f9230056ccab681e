/// Splits the grains of each batch over the replicas and learns the time of each.
///
/// Each replica has an id for good, from `add`. Replicas that are lost are just not named as live any
/// more, and are named again when they return. Everything here depends on the calls alone: the same
/// calls give the same splits.
public struct Scheduler: Sendable {
  /// How it splits.
  public let split: Split
  /// The time of each replica as a function of its grains, by replica id.
  public private(set) var curves: [TimeCurve] = []
  /// The last split, what it is expected to take and why it was chosen.
  public private(set) var decision: Decision?

  private var memory = SplitMemory()
  private var probes = Probes()
  private var random: SplitRandom

  /// A split stays while no other is expected to be faster by this share of the step: shards that
  /// move have a price too (uploads, waves of a new size), and curves are known no better.
  private static let worthwhileGain = 0.03

  /// A scheduler without replicas: they are added.
  public init(_ split: Split) {
    self.split = split
    if case .random(let seed) = split {
      random = SplitRandom(seed: seed)
    } else {
      random = SplitRandom(seed: 0)
    }
  }

  /// Adds a replica, with a first estimate of its speed, and returns its id: 0, 1, 2 and so on.
  public mutating func add(expectedSecondsPerGrain: Double) -> Int {
    curves.append(TimeCurve(secondsPerGrain: expectedSecondsPerGrain))
    probes.add()
    return curves.count - 1
  }

  /// Takes note that a replica has returned: what is known of it may be out of date.
  public mutating func reset(replica: Int) {
    curves[replica].doubt()
    probes.reset(replica)
  }

  /// Takes note of how long a replica took for its grains.
  public mutating func record(replica: Int, grains: Int, seconds: Double) {
    curves[replica].record(grains: grains, seconds: seconds)
  }

  /// Consecutive ranges, one per element of `live`, in its order; together `0..<grainCount`, each
  /// grain exactly once. Where nobody is live there are none.
  public mutating func shards(grainCount: Int, live: [Int]) -> [Range<Int>] {
    let counts: [Int]
    switch split {
    case .measured:
      counts = measuredCounts(grainCount, live)
    case .fixed(let shares):
      let weights = live.map { $0 < shares.count ? Double(shares[$0]) : 0 }
      counts = proportionalCounts(grainCount, weights: weights)
      decide(counts, live, .given)
    case .random:
      let weights = live.map { _ in Double(random.next() % 1001) }
      counts = proportionalCounts(grainCount, weights: weights)
      decide(counts, live, .given)
    }
    var first = 0
    return counts.map { count in
      defer { first += count }
      return first..<first + count
    }
  }

  private mutating func measuredCounts(_ grainCount: Int, _ live: [Int]) -> [Int] {
    let liveCurves = live.map { curves[$0] }
    var counts = balancedCounts(grainCount, liveCurves)
    var reason = Decision.Reason.first
    if let last = memory.counts(grainCount: grainCount, live: live) {
      let lastSeconds = expectedSeconds(last, liveCurves)
      let seconds = expectedSeconds(counts, liveCurves)
      let gain = lastSeconds > 0 ? max(0, 1 - seconds / lastSeconds) : 0
      if gain < Self.worthwhileGain {
        counts = last
        reason = .kept(possibleGain: gain)
      } else {
        reason = .changed(gain: gain)
      }
    }
    memory.remember(counts, grainCount: grainCount, live: live)

    let tried = probes.next(counts: counts, live: live, curves: curves)
    if let tried {
      // From the replica that would finish last.
      let giver = live.indices.filter { counts[$0] > 0 }.max {
        liveCurves[$0].seconds(grains: counts[$0]) < liveCurves[$1].seconds(grains: counts[$1])
      }
      if let giver {
        counts[giver] -= 1
        counts[tried] += 1
        curves[live[tried]].markOutOfDate()
      }
    }
    decide(counts, live, reason, tried: tried.map { live[$0] })
    return counts
  }

  private mutating func decide(
    _ counts: [Int], _ live: [Int], _ reason: Decision.Reason, tried: Int? = nil
  ) {
    let shares = zip(counts, live).map { grains, replica in
      Decision.Share(replica: replica, grains: grains, curve: curves[replica])
    }
    decision = Decision(shares: shares, reason: reason, tried: tried)
  }
}
