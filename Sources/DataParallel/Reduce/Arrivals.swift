import Execution
import Foundation
import Synchronization

/// Where replicas hand in their buckets, and the reducer waits for them.
final class Arrivals: Sendable {
  private struct State {
    /// Per bucket, what each replica handed in.
    var parts: [[BucketDownload]]
    var failure: (any Error)?
  }

  private let state: Mutex<State>
  private let expected: Int
  private let arrived = DispatchSemaphore(value: 0)

  /// Waits for `replicas` parts of each of `buckets` buckets.
  init(buckets: Int, replicas: Int) {
    state = Mutex(State(parts: Array(repeating: [], count: buckets)))
    expected = replicas
  }

  /// Hands in one replica's part of a bucket, which may be read from now on.
  func deliver(_ part: BucketDownload, bucket: Int) {
    state.withLock { $0.parts[bucket].append(part) }
    arrived.signal()
  }

  /// Says that a replica will not hand in its buckets.
  func fail(_ error: any Error) {
    state.withLock { $0.failure = $0.failure ?? error }
    arrived.signal()
  }

  /// Blocks until every replica has handed in the bucket; throws a replica's failure.
  func parts(bucket: Int) throws -> [BucketDownload] {
    while true {
      let parts = try state.withLock { state -> [BucketDownload]? in
        if let failure = state.failure { throw failure }
        return state.parts[bucket].count == expected ? state.parts[bucket] : nil
      }
      if let parts { return parts }
      arrived.wait()
    }
  }
}
