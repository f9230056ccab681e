import ComputeGraph
import OpenCL

/// One step's reduced gradients in host memory, bucket by bucket; sums over the global batch, not means.
///
/// Sendable: the reducer writes a bucket before any replica is ordered to read it, and nobody writes to it again
/// while somebody holds the set, or a replica that takes part updates its weights from it.
final class GradientSet: @unchecked Sendable {
  /// `[bucket.count]` floats.
  struct Bucket {
    let pointer: UnsafeMutablePointer<Float>
    let count: Int
  }

  let buckets: [Bucket]
  /// Frees the memory, which devices may hold beyond the set's own life.
  let owner: AnyObject
  private let layout: BucketLayout

  /// A set in memory of its own, zeros.
  convenience init(_ layout: BucketLayout) {
    var places: [Int] = []
    var end = 0
    for bucket in layout.buckets {
      places.append(end)
      end += (bucket.count * 4 + HostMemory.page - 1) / HostMemory.page * HostMemory.page
    }
    let memory = HostMemory(byteCount: end)
    self.init(layout, pointers: places.map { memory.pointer + $0 }, owner: memory)
  }

  /// A set in memory that `owner` frees, at one place for each bucket.
  init(_ layout: BucketLayout, pointers: [UnsafeMutableRawPointer], owner: AnyObject) {
    self.layout = layout
    self.owner = owner
    buckets = zip(layout.buckets, pointers).map { bucket, pointer in
      Bucket(
        pointer: pointer.bindMemory(to: Float.self, capacity: bucket.count), count: bucket.count)
    }
  }

  /// One parameter's gradient.
  func parameter(_ id: ParameterID) -> UnsafeBufferPointer<Float> {
    let bucket = buckets[layout.bucketIndices[id]]
    let all = UnsafeBufferPointer(start: bucket.pointer, count: bucket.count)
    return UnsafeBufferPointer(rebasing: all[layout.range(of: id)])
  }
}
