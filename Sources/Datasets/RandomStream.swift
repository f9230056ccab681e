import ComputeGraph

/// The random numbers of one example, in a fixed order.
struct RandomStream {
  private let philox: Philox
  private var counter: SIMD4<UInt32>
  private var words = SIMD4<UInt32>()
  private var used = 4

  /// The stream of `counter`, whose last word counts the blocks drawn and begins at 0.
  init(_ philox: Philox, counter: SIMD3<UInt32>) {
    self.philox = philox
    self.counter = SIMD4(counter, 0)
  }

  /// The next 32 bits.
  mutating func word() -> UInt32 {
    if used == 4 {
      words = philox.block(counter)
      counter.w += 1
      used = 0
    }
    defer { used += 1 }
    return words[used]
  }

  /// Uniform in [low, high).
  mutating func uniform(_ low: Float, _ high: Float) -> Float {
    low + (high - low) * Philox.unitFloat(word())
  }

  /// Uniform in 0..<count, for a small count.
  mutating func below(_ count: Int) -> Int {
    Int((UInt64(word()) * UInt64(count)) >> 32)
  }

  /// Bell-shaped with mean 0 and the given deviation, at most 2.5 deviations off: the sum of two
  /// uniform numbers. A true normal would need a logarithm, whose bits differ between libraries.
  mutating func bell(_ deviation: Float) -> Float {
    // Two uniform numbers in [-1, 1) have together the variance 2/3, and sqrt(3/2) = 1.2247.
    let sum = uniform(-1, 1) + uniform(-1, 1)
    return sum * 1.2247449 * deviation
  }
}
