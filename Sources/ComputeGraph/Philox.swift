/// Philox 4x32-10, the counter-based generator of Salmon et al., "Parallel random numbers: as easy
/// as 1, 2, 3" (SC 2011).
///
/// A block is a pure function of the seed and the counter, so numbers are drawn in any order, on
/// any device, and never depend on how many were drawn before.
public struct Philox: Sendable {
  private let key: SIMD2<UInt32>

  /// The generator of `seed`: its low half is the first key word, its high half the second.
  public init(seed: UInt64) {
    key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
  }

  /// Four uniform words of 32 bits for one counter.
  public func block(_ counter: SIMD4<UInt32>) -> SIMD4<UInt32> {
    var words = counter
    var key = key
    for _ in 0..<9 {
      words = Self.round(words, key)
      // The Weyl sequence of the paper: the golden ratio, and the square root of 3 less 1.
      key = key &+ SIMD2(0x9E37_79B9, 0xBB67_AE85)
    }
    return Self.round(words, key)
  }

  private static func round(_ x: SIMD4<UInt32>, _ key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    let first = UInt64(0xD251_1F53) * UInt64(x[0])
    let second = UInt64(0xCD9E_8D57) * UInt64(x[2])
    return SIMD4(
      UInt32(truncatingIfNeeded: second >> 32) ^ x[1] ^ key[0],
      UInt32(truncatingIfNeeded: second),
      UInt32(truncatingIfNeeded: first >> 32) ^ x[3] ^ key[1],
      UInt32(truncatingIfNeeded: first))
  }
}

extension Philox {
  /// A uniform number in [0, 1): the upper 24 bits of `word`, times 2^-24, without rounding.
  public static func unitFloat(_ word: UInt32) -> Float {
    Float(word >> 8) * 0x1p-24
  }
}
