import ComputeGraph

/// One step's reduced gradients in host memory, bucket by bucket; sums over the global batch, not means.
///
/// Sendable: the reducer writes a bucket before any replica is ordered to read it, and nobody writes to it again
/// while somebody holds the set.
final class GradientSet: @unchecked Sendable {
  /// `[bucket.count]` floats.
  struct Bucket {
    let pointer: UnsafeMutablePointer<Float>
    let count: Int
  }

  let buckets: [Bucket]
  private let layout: BucketLayout
  /// Keeps memory that is not the set's own.
  private let owner: AnyObject?

  init(_ layout: BucketLayout) {
    self.layout = layout
    owner = nil
    buckets = layout.buckets.map { bucket in
      let pointer = UnsafeMutablePointer<Float>.allocate(capacity: bucket.count)
      pointer.initialize(repeating: 0, count: bucket.count)
      return Bucket(pointer: pointer, count: bucket.count)
    }
  }

  /// A set in memory that `owner` keeps, at one place for each bucket.
  init(_ layout: BucketLayout, pointers: [UnsafeMutableRawPointer], owner: AnyObject) {
    self.layout = layout
    self.owner = owner
    buckets = zip(layout.buckets, pointers).map { bucket, pointer in
      Bucket(pointer: pointer.assumingMemoryBound(to: Float.self), count: bucket.count)
    }
  }

  deinit {
    guard owner == nil else { return }
    for bucket in buckets { bucket.pointer.deallocate() }
  }

  /// One parameter's gradient.
  func parameter(_ id: ParameterID) -> UnsafeBufferPointer<Float> {
    let bucket = buckets[layout.bucketIndices[id]]
    let all = UnsafeBufferPointer(start: bucket.pointer, count: bucket.count)
    return UnsafeBufferPointer(rebasing: all[layout.range(of: id)])
  }
}
