/// Words in place of tensors: a gradient depends on step, grain, bucket and the weights it was computed
/// with, and new weights depend on the old ones and on every reduced bucket.
///
/// So a replica with the wrong weights, a grain that is counted twice or not at all, and a sum that is out of
/// date all show in the weights of the end.
struct VirtualModel: Sendable {
  let seed: UInt64
  let bucketCount: Int

  var initialWeights: UInt64 { mixed(seed, 1) }

  func gradient(step: Int, grain: Int, bucket: Int, weights: UInt64) -> UInt64 {
    let place = UInt64(truncatingIfNeeded: step) << 40 | UInt64(truncatingIfNeeded: grain) << 8
    return mixed(seed ^ weights, place | UInt64(truncatingIfNeeded: bucket))
  }

  /// What the forward pass of a grain adds to the measures of an evaluation.
  func measure(grain: Int, weights: UInt64) -> UInt64 {
    mixed(weights, UInt64(truncatingIfNeeded: grain))
  }

  func updated(_ weights: UInt64, step: Int, reduced: [UInt64]) -> UInt64 {
    reduced.reduce(mixed(weights, UInt64(truncatingIfNeeded: step))) { mixed($0, $1) }
  }

  /// The sums of all grains, which every way to compute a step must end with.
  func reduced(step: Int, grainCount: Int, weights: UInt64) -> [UInt64] {
    (0..<bucketCount).map { bucket in
      (0..<grainCount).reduce(0) {
        $0 &+ gradient(step: step, grain: $1, bucket: bucket, weights: weights)
      }
    }
  }
}
