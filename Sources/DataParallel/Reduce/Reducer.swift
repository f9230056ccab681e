import ComputeGraph
import Dispatch
import Execution
import Synchronization

/// Merges the replicas' gradients on the host: exact sums of integers, each rounded once to a float.
///
/// Integer addition is associative, so the number of replicas and the order of their arrival change nothing.
final class Reducer {
  /// What one parameter's gradient was.
  struct Outcome {
    /// The largest magnitude of the reduced gradient.
    var largest: Float = 0
    /// Bits of the largest magnitude, in any grain, that did not fit the scale; 0 if all did.
    var misfit: Int32 = 0
  }

  /// Reduced gradients of each bucket, `[bucket.count]`; sums over the global batch, not means.
  let gradients: [ReducedBucket]
  private let layout: BucketLayout
  private let threadCount: Int

  init(_ layout: BucketLayout, threadCount: Int) {
    self.layout = layout
    self.threadCount = threadCount
    gradients = layout.buckets.map { ReducedBucket(count: $0.count) }
  }

  /// Reduces every bucket as it arrives, while the replicas still compute the rest of backward.
  ///
  /// - Parameters:
  ///   - arrivals: Where the replicas hand in their buckets.
  ///   - scales: How the gradients were rounded.
  /// - Returns: Each parameter's outcome, by id.
  /// - Throws: The failure of a replica.
  func reduce(_ arrivals: Arrivals, scales: [GradientScale]) throws -> [Outcome] {
    var outcomes = Array(repeating: Outcome(), count: layout.counts.count)
    // Buckets are reduced in index order, which is the order in which backward completes them.
    for (index, bucket) in layout.buckets.enumerated() {
      let parts = try arrivals.parts(bucket: index)
      for (position, parameter) in bucket.parameters.enumerated() {
        outcomes[parameter].misfit = parts.map { $0.magnitude(at: position) }.max() ?? 0
        outcomes[parameter].largest = sum(
          parts.map(\.sums), layout.range(of: parameter), scales[parameter],
          to: gradients[index].pointer)
      }
    }
    return outcomes
  }

  /// The reduced gradient of a parameter: a sum over the global batch.
  func gradient(_ id: ParameterID) -> [Float] { Array(gradientPointer(id)) }

  /// The same in place, until the next step.
  func gradientPointer(_ id: ParameterID) -> UnsafeBufferPointer<Float> {
    let bucket = gradients[layout.bucketIndices[id]]
    let all = UnsafeBufferPointer(start: bucket.pointer, count: bucket.count)
    return UnsafeBufferPointer(rebasing: all[layout.range(of: id)])
  }

  /// Elements that one thread sums at a time: small enough that all parts stay in its cache.
  private static let block = 1 << 14

  /// gradient[i] = float(sum over parts of part[i]) / scale; returns the largest magnitude.
  private func sum(
    _ parts: [UnsafePointer<Int64>], _ range: Range<Int>, _ scale: GradientScale,
    to gradient: UnsafeMutablePointer<Float>
  ) -> Float {
    let blockCount = (range.count + Self.block - 1) / Self.block
    let job = SumJob(parts: parts, gradient: gradient, inverse: scale.inverse)
    let largest = LargestMagnitude()
    let run = { @Sendable (block: Int) in
      let first = range.lowerBound + block * Self.block
      largest.include(job.run(first..<min(first + Self.block, range.upperBound)))
    }
    if blockCount > 1 && threadCount > 1 {
      DispatchQueue.concurrentPerform(iterations: blockCount, execute: run)
    } else {
      for block in 0..<blockCount { run(block) }
    }
    return Float(largest.value) * scale.inverse
  }
}

/// One bucket's reduced gradients in host memory.
///
/// Sendable: written by the reducer before, read by the replicas after, the step's hand-over of the update.
final class ReducedBucket: @unchecked Sendable {
  let pointer: UnsafeMutablePointer<Float>
  let count: Int

  init(count: Int) {
    self.count = count
    pointer = .allocate(capacity: count)
    pointer.initialize(repeating: 0, count: count)
  }

  deinit { pointer.deallocate() }
}

/// The largest of what several threads found.
private final class LargestMagnitude: Sendable {
  private let largest = Atomic<UInt64>(0)

  var value: UInt64 { largest.load(ordering: .relaxed) }

  func include(_ magnitude: UInt64) { largest.max(magnitude, ordering: .relaxed) }
}

/// The loop of the reducer over one block.
///
/// Sendable: blocks are disjoint, and the parts are only read while it runs.
private struct SumJob: @unchecked Sendable {
  let parts: [UnsafePointer<Int64>]
  let gradient: UnsafeMutablePointer<Float>
  let inverse: Float

  /// Sums a range and returns its largest magnitude, as an integer.
  func run(_ range: Range<Int>) -> UInt64 {
    var largest: UInt64 = 0
    if parts.count == 1 {
      let only = parts[0]
      for i in range {
        largest = max(largest, only[i].magnitude)
        gradient[i] = Float(only[i]) * inverse
      }
    } else {
      for i in range {
        var sum: Int64 = 0
        for part in parts { sum &+= part[i] }
        largest = max(largest, sum.magnitude)
        gradient[i] = Float(sum) * inverse
      }
    }
    return largest
  }
}
