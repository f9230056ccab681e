import ComputeGraph
import Execution

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
  private let reducers: [BucketReducer]

  init(_ layout: BucketLayout, threadCount: Int) {
    self.layout = layout
    let workers = Workers(count: threadCount)
    reducers = layout.buckets.map { bucket in
      BucketReducer(ranges: bucket.parameters.map(layout.range), workers: workers)
    }
  }

  /// Sums one bucket; blocks while it sums, and waits for nothing.
  ///
  /// - Parameters:
  ///   - index: The bucket.
  ///   - parts: What each replica has handed in, at least one.
  ///   - scales: How the gradients were rounded, by parameter.
  ///   - set: Where the sums go.
  /// - Returns: The outcome of each of the bucket's parameters, in its order.
  func reduce(
    bucket index: Int, _ parts: [BucketPart], scales: [GradientScale], to set: GradientSet
  ) -> [Outcome] {
    let parameters = layout.buckets[index].parameters
    let largest = reducers[index].reduce(
      parts.map(\.sums), inverses: parameters.map { scales[$0].inverse },
      to: set.buckets[index].pointer)
    return largest.enumerated().map { position, largest in
      Outcome(largest: largest, misfit: parts.map { $0.magnitude(at: position) }.max() ?? 0)
    }
  }
}
