/// Parts and a gradient as long as the largest size that is timed.
///
/// A call of fewer elements takes the next ones of the arrays, not the same again: no call finds its parts in a
/// cache, as no bucket does that a device has just written.
///
/// Sendable: blocks are disjoint, and one call runs at a time.
struct ReduceArrays: @unchecked Sendable {
  private static let inverse: Float = 0x1p-30
  private let parts: [UnsafeMutablePointer<Int64>]
  private let gradient: UnsafeMutablePointer<Float>
  private let workers: Workers
  /// Elements of each part.
  let count: Int

  /// Fills the parts with integers of up to 58 bits; the caller frees them with `deallocate`.
  init(count: Int, partCount: Int, workers: Workers) {
    self.count = count
    self.workers = workers
    parts = (0..<partCount).map { _ in .allocate(capacity: count) }
    gradient = .allocate(capacity: count)
    let arrays = self
    workers.run(count: count) { range in
      for (k, part) in arrays.parts.enumerated() {
        for i in range {
          let mixed = UInt64(truncatingIfNeeded: i + k * count) &* 0x9E37_79B9_7F4A_7C15
          (part + i).initialize(to: Int64(bitPattern: mixed) >> 6)
        }
      }
      (arrays.gradient + range.lowerBound).initialize(repeating: 0, count: range.count)
    }
  }

  func deallocate() {
    for part in parts { part.deallocate() }
    gradient.deallocate()
  }

  /// Reduces all elements, `count` in a call, and returns the largest magnitude.
  func reduce(parts partCount: Int, count size: Int) -> Float {
    let whole = BucketReducer(ranges: [0..<size], workers: workers)
    var largest: Float = 0
    for first in stride(from: 0, to: count, by: size) {
      let length = min(size, count - first)
      let reducer = length == size ? whole : BucketReducer(ranges: [0..<length], workers: workers)
      let found = reducer.reduce(
        parts.prefix(partCount).map { UnsafePointer($0 + first) }, inverses: [Self.inverse],
        to: gradient + first)
      largest = max(largest, found[0])
    }
    return largest
  }

  /// Whether a call gives the bits and the largest magnitude of the naive loop.
  func isRight(parts partCount: Int, count size: Int) -> Bool {
    gradient.update(repeating: .nan, count: count)
    let largest = reduce(parts: partCount, count: size)
    var expectedLargest: Float = 0
    for i in 0..<count {
      var sum: Int64 = 0
      for part in parts.prefix(partCount) { sum += part[i] }
      let expected = Float(sum) * Self.inverse
      guard gradient[i].bitPattern == expected.bitPattern else { return false }
      expectedLargest = max(expectedLargest, expected.magnitude)
    }
    return largest == expectedLargest
  }
}
