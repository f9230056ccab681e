import ComputeGraph
import Dispatch
import Execution
import Synchronization

/// Merges the replicas' gradients on the host: exact sums of integers, each rounded once to a float.
///
/// Integer addition is associative, so the number of replicas and the order of their arrival change nothing.
final class Reducer: Sendable {
  /// What one parameter's gradient was.
  struct Outcome: Sendable {
    /// The largest magnitude of the reduced gradient.
    var largest: Float = 0
    /// Bits of the largest magnitude, in any grain, that did not fit the scale; 0 if all did.
    var misfit: Int32 = 0
  }

  private let layout: BucketLayout
  private let threadCount: Int

  init(_ layout: BucketLayout, threadCount: Int) {
    self.layout = layout
    self.threadCount = threadCount
  }

  /// Sums one bucket.
  ///
  /// - Parameters:
  ///   - index: The bucket.
  ///   - parts: What each replica has handed in.
  ///   - scales: How the gradients were rounded, by parameter.
  ///   - set: Where the sums go.
  /// - Returns: The outcome of each of the bucket's parameters, in its order.
  func reduce(
    bucket index: Int, _ parts: [BucketPart], scales: [GradientScale], to set: GradientSet
  ) -> [Outcome] {
    layout.buckets[index].parameters.enumerated().map { position, parameter in
      Outcome(
        largest: sum(
          parts.map(\.sums), layout.range(of: parameter), scales[parameter],
          to: set.buckets[index].pointer),
        misfit: parts.map { $0.magnitude(at: position) }.max() ?? 0)
    }
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
