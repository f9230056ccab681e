/// How the grains of each batch are split over the replicas. No split can be wrong, only slow.
public enum Split: Sendable, Hashable {
  /// So that all finish together, by measured times.
  case measured
  /// In fixed proportions, one per replica id; an id beyond the list has no share.
  case fixed([Int])
  /// At random, anew each step: for tests that a split changes no bit.
  case random(seed: UInt64)
}

/// Grains in proportion to weights, as near as whole grains allow.
///
/// Weights of zero and less get none. Where no weight counts, all get equal shares: a run goes on
/// when the only replicas left are ones that nobody had planned for.
package func proportionalCounts(_ grainCount: Int, weights: [Double]) -> [Int] {
  guard !weights.isEmpty, grainCount > 0 else { return weights.map { _ in 0 } }
  let positive = weights.map { $0 > 0 ? $0 : 0 }
  let total = positive.reduce(0, +)
  let shares = positive.map {
    Double(grainCount) * (total > 0 ? $0 / total : 1 / Double(weights.count))
  }
  var rest = grainCount
  var counts = shares.map { share in
    let count = min(Int(share), rest)
    rest -= count
    return count
  }
  // The largest fractions are rounded up; between equals the earlier replica is.
  let order = shares.indices.filter { total == 0 || positive[$0] > 0 }.sorted {
    let (left, right) = (shares[$0] - Double(counts[$0]), shares[$1] - Double(counts[$1]))
    return left == right ? $0 < $1 : left > right
  }
  for index in 0..<rest { counts[order[index % order.count]] += 1 }
  return counts
}

/// A stream of random numbers that depends on nothing but its seed.
struct SplitRandom: Sendable {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// The next 64 random bits.
  mutating func next() -> UInt64 {
    // splitmix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators" (OOPSLA 2014).
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
