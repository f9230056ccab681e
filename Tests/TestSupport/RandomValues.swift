import ComputeGraph

/// Uniform numbers in [-bound, bound), a function of the seed and the element alone.
package func randomValues(_ count: Int, seed: UInt64, bound: Float = 1) -> [Float] {
  randomWords(count, seed: seed).map { (2 * Philox.unitFloat($0) - 1) * bound }
}

/// Uniform words of 32 bits, a function of the seed and the element alone.
package func randomWords(_ count: Int, seed: UInt64) -> [UInt32] {
  let philox = Philox(seed: seed)
  // The last word of the counter is not that of any stream of the library.
  return (0..<(count + 3) / 4).flatMap { block in
    let words = philox.block(SIMD4(UInt32(block), 0, 0, .max))
    return (0..<min(4, count - 4 * block)).map { words[$0] }
  }
}
