/// Time on the clock of a run, in seconds; virtual in a simulation.
public typealias Seconds = Double

/// Consecutive grains that a replica computes in one go.
public struct Portion: Sendable, Hashable, Codable {
  /// Which grains of the global batch.
  public let grains: Range<Int>
  /// Whether the sums on the device begin anew; otherwise these grains are added to them.
  public let isFirst: Bool
  /// Whether all buckets are handed in behind it.
  public let delivers: Bool
  /// Whether a digest of its bits is handed in, to be compared with another device's.
  public let digests: Bool

  /// A portion.
  public init(grains: Range<Int>, isFirst: Bool, delivers: Bool, digests: Bool = false) {
    self.grains = grains
    self.isFirst = isFirst
    self.delivers = delivers
    self.digests = digests
  }
}

/// What a replica can be asked for.
public enum Work: Sendable, Hashable, Codable {
  /// Self-test, kernels, memory.
  case prepare
  /// Take over the run's committed weights and optimizer states.
  case load
  /// Forward and backward of grains; what they add to the gradients stays on the device.
  case compute(Portion)
  /// Hand in all buckets as they are now.
  case deliver
  /// The forward pass of grains.
  case evaluate(Range<Int>)
  /// Take a bucket's reduced gradients.
  case upload(bucket: Int)
  /// Update the weights from the reduced gradients, once the uploads that were ordered before it are done.
  case update
  /// Read the weights and optimizer states.
  case read

  /// A replica does the work of a lane in the order in which it was given; uploads have a lane of their own, so
  /// that they run beside the rest of backward.
  public enum Lane: Int, Sendable, CaseIterable {
    /// All but the uploads.
    case main
    /// Uploads.
    case transfer
  }

  /// The lane.
  public var lane: Lane {
    if case .upload = self { .transfer } else { .main }
  }
}

/// One request to one replica.
public struct Order: Sendable, Hashable, Codable {
  /// Never used twice in a run.
  public let id: Int
  /// The replica.
  public let replica: Int
  /// The step that it belongs to, from 0.
  public let step: Int
  /// What is asked for.
  public let work: Work

  /// An order.
  public init(id: Int, replica: Int, step: Int, work: Work) {
    self.id = id
    self.replica = replica
    self.step = step
    self.work = work
  }
}

/// What happened on a replica or in the reducer.
public enum Event: Sendable, Hashable {
  /// A replica has done an order, in so many seconds of its own.
  case completed(order: Int, seconds: Seconds)
  /// A bucket that `order` hands in can be read; comes before the order is completed.
  case delivered(order: Int, bucket: Int)
  /// The bits of the order's portion; comes before the order is completed.
  case digest(order: Int, digest: [UInt8])
  /// A replica could not do an order; its device is not to be trusted any more.
  case failed(order: Int, reason: String)
  /// A replica is gone, whatever it was doing.
  case lost(replica: Int, reason: String)
  /// The reducer has summed a bucket.
  case reduced(bucket: Int, epoch: Int)
}

/// Why a replica was given up.
public enum Fault: Sendable, Hashable {
  /// A call failed; the reason names it.
  case failed(String)
  /// An order was not done within the time allowed.
  case silent(Work, allowed: Seconds)
  /// Its bits of a grain were not those of two other computations.
  case wrongBits(grain: Int, since: Int?)
  /// After `step` steps it held other weights or states than the others.
  case wrongState(step: Int)

  /// Whether the device computes wrong, so that it is not asked again.
  var isForGood: Bool {
    switch self {
    case .failed, .silent: false
    case .wrongBits, .wrongState: true
    }
  }
}

/// What the coordinator wants done. Its caller does these in order and reports what comes of them as events.
public enum Action: Sendable, Hashable {
  /// Give a replica an order.
  case send(Order)
  /// Sum a bucket over what these replicas have handed in.
  case reduce(bucket: Int, replicas: [Int], epoch: Int)
  /// Give a replica up with all that belongs to it, without waiting for it.
  case abandon(replica: Int, fault: Fault)
  /// Grains of a replica that was given up, which others compute in the same step.
  case takeOver(grains: Int, from: Int)
  /// Every grain has been counted exactly once: `commit`, `begin` anew, or in an evaluation the end.
  case finished
  /// No replica is left.
  case noReplicaLeft
  /// Replicas disagree about a grain's bits, and nobody can say which is right.
  case undecided(grain: Int, replicas: [Int])
}
