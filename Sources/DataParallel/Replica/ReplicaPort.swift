import Coordination
import ComputeGraph
import Execution

/// A replica as the engine sees it: takes orders and reports what comes of them, in this process or in another.
///
/// No call blocks: a device that hangs holds up nobody but itself.
protocol ReplicaPort: AnyObject, Sendable {
  /// Queues an order; its events come to the mailbox.
  func take(_ assignment: Assignment)
  /// Gives the replica up: no event comes any more that anybody heeds, and nobody waits for its device.
  func abandon()
}

/// An order with what is needed to do it.
struct Assignment: Sendable {
  let order: Order
  let payload: Payload

  /// What an order needs beyond its own words.
  enum Payload: Sendable {
    case none
    /// The batch, where its examples are, how gradients are rounded, and what is expected to follow.
    case batch(GlobalBatch, any ExampleSource, [GradientScale], ahead: Shard?)
    /// Weights and optimizer states.
    case state(PlanState)
    /// The reduced gradients of the step.
    case gradients(GradientSet)
    /// The scalars of an update.
    case numbers(UpdateNumbers)
  }
}

/// What replicas and the reducer report.
enum EngineEvent: Sendable {
  /// An order is done; where it was to compute, with what it found.
  case completed(order: Int, seconds: Double, outcome: ShardOutcome?)
  /// A bucket can be read, until the replica is ordered to compute again.
  case delivered(order: Int, bucket: Int, part: BucketPart)
  /// The bits of the order's portion.
  case digest(order: Int, digest: [UInt8])
  /// What was to be read.
  case state(order: Int, PlanState)
  /// The order could not be done.
  case failed(order: Int, reason: String)
  /// The replica is gone.
  case lost(replica: Int, reason: String)
  /// A bucket has been summed.
  case reduced(bucket: Int, epoch: Int, [Reducer.Outcome])
}

/// What a replica found out about its grains.
struct ShardOutcome: Sendable, Hashable {
  /// Loss of each example, in order: the sum over its predictions.
  var losses: [Float] = []
  /// Predictions that were right, and those that count.
  var correctCount = 0, countedCount = 0
}

/// One replica's part of a bucket in host memory.
///
/// Sendable: the memory is only read, by the reducer, and `owner` keeps it; when it may be read is the engine's order
/// of events.
struct BucketPart: @unchecked Sendable {
  /// `[bucket.count]` sums.
  var sums: UnsafePointer<Int64> { memory.assumingMemoryBound(to: Int64.self) }
  private let memory: UnsafeRawPointer
  private let bucket: BucketLayout.Bucket
  private let owner: AnyObject?

  /// A part in memory of the layout of device memory: sums, then magnitudes.
  init(memory: UnsafeRawPointer, bucket: BucketLayout.Bucket, owner: AnyObject?) {
    self.memory = memory
    self.bucket = bucket
    self.owner = owner
  }

  /// The same part, whose memory is given up on `thread` only: that calls the driver, which may hang, and the engine
  /// and the reducer must not.
  func given(by thread: ReplicaThread) -> BucketPart {
    BucketPart(memory: memory, bucket: bucket, owner: Keeper(owner, thread))
  }

  /// The bits of the largest gradient that did not fit, of the bucket's parameter at `position`; 0 if all did.
  func magnitude(at position: Int) -> Int32 { bucket.magnitude(at: position, in: memory) }
}

/// Keeps memory of a device until nobody reads it, and gives it up on the device's thread.
private final class Keeper {
  private let memory: Kept
  private let thread: ReplicaThread

  init(_ memory: AnyObject?, _ thread: ReplicaThread) {
    self.memory = Kept(memory)
    self.thread = thread
  }

  deinit { thread.submit { [memory] in memory.drop() } }
}

/// Sendable: used once, by the thread that it was handed to.
private final class Kept: @unchecked Sendable {
  private var memory: AnyObject?
  init(_ memory: AnyObject?) { self.memory = memory }
  func drop() { memory = nil }
}
