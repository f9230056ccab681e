/// The gradients of one replica: the sums on the device, and what it has handed in of each bucket.
///
/// Every change counts up, so that who reads it for a while sees at the end whether it has changed.
final class VirtualMemory {
  struct Bucket {
    var sum: UInt64 = 0
    /// Changes of the sum.
    var changes = 0
    /// The copy that was handed in; the reducer reads it, where it does not read the sum in place.
    var copy: UInt64 = 0
    var copies = 0
    /// Whether a wrong grain is part of the sum, and of the copy.
    var isWrong = false
    var isCopyWrong = false
  }

  var buckets: [Bucket]
  let isShared: Bool

  init(bucketCount: Int, isShared: Bool) {
    buckets = Array(repeating: Bucket(), count: bucketCount)
    self.isShared = isShared
  }

  func begin(isFirst: Bool) {
    for index in buckets.indices {
      buckets[index].changes += 1
      guard isFirst else { continue }
      buckets[index].sum = 0
      buckets[index].isWrong = false
    }
  }

  func handIn(_ bucket: Int, _ value: UInt64, isWrong: Bool) {
    buckets[bucket].copy = value
    buckets[bucket].isCopyWrong = isWrong
    buckets[bucket].copies += 1
  }

  /// What the reducer reads, and the number that tells whether it has changed.
  func read(_ bucket: Int) -> (value: UInt64, isWrong: Bool, stamp: Int) {
    let state = buckets[bucket]
    return isShared
      ? (state.sum, state.isWrong, state.changes) : (state.copy, state.isCopyWrong, state.copies)
  }
}
