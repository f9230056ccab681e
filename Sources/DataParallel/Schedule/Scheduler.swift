/// How the grains of each batch are split over the replicas. No split can be wrong, only slow.
public enum Split: Sendable, Hashable {
  /// So that all finish together, by measured times.
  case measured
  /// In fixed proportions, one per replica.
  case fixed([Int])
  /// At random, anew each step: for tests that a split changes no bit.
  case random(seed: UInt64)
}

/// Splits the grains of a batch over the replicas and learns how fast they are.
public struct Scheduler: Sendable {
  /// How it splits.
  public let split: Split
  /// Measured seconds per grain of each replica.
  public private(set) var secondsPerGrain: [Double]

  private var randomState: UInt64 = 0

  /// Share of a new measurement in the running mean: a few steps follow a change, one outlier does not.
  private static let weightOfNew = 0.3

  /// A scheduler of `secondsPerGrain.count` replicas, with first estimates of their speed.
  public init(_ split: Split, secondsPerGrain: [Double]) {
    if case .fixed(let shares) = split {
      precondition(shares.count == secondsPerGrain.count && shares.contains { $0 > 0 })
    }
    if case .random(let seed) = split { randomState = seed }
    self.split = split
    self.secondsPerGrain = secondsPerGrain
  }

  /// Consecutive grains for each replica; together all of them, each exactly once.
  public mutating func shards(grainCount: Int) -> [Range<Int>] {
    let costs: [Double]
    switch split {
    case .measured: costs = secondsPerGrain
    case .fixed(let shares): costs = shares.map { $0 > 0 ? 1 / Double($0) : .infinity }
    case .random: costs = secondsPerGrain.map { _ in Double(nextRandom() % 1000 + 1) }
    }
    var counts = Array(repeating: 0, count: costs.count)
    for _ in 0..<grainCount {
      // The next grain goes where it would be finished first; for equal grains this is optimal.
      let next = costs.indices.min {
        costs[$0] * Double(counts[$0] + 1) < costs[$1] * Double(counts[$1] + 1)
      }
      if let next { counts[next] += 1 }
    }
    var first = 0
    return counts.map { count in
      defer { first += count }
      return first..<first + count
    }
  }

  /// Takes note of how long a replica took for its grains.
  public mutating func record(replica: Int, grains: Int, seconds: Double) {
    guard grains > 0 else { return }
    let measured = seconds / Double(grains)
    secondsPerGrain[replica] += Self.weightOfNew * (measured - secondsPerGrain[replica])
  }

  private mutating func nextRandom() -> UInt64 {
    // splitmix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators" (OOPSLA 2014).
    randomState &+= 0x9E37_79B9_7F4A_7C15
    var z = randomState
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
