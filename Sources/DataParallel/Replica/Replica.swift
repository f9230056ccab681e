import ComputeGraph
import Execution
import OpenCL
import Foundation

/// One copy of the parameters on one device, driven by a thread of its own.
///
/// Sendable: `core` is created and used on the replica's thread only.
final class Replica: @unchecked Sendable {
  /// What is needed to build a replica.
  struct Configuration: Sendable {
    let plan: Plan
    let layout: BucketLayout
    let grain: Int
    /// Most grains of one wave.
    let waveGrains: Int
    let optimizer: Optimizer
    let keepsAverages: Bool
    let seed: UInt64
    let tiles: TileChoice
    let cache: ProgramCache?
  }

  /// The device and the name that messages use for it.
  let device: Device, name: String
  private let thread: ReplicaThread
  private var core: ReplicaCore?

  /// Starts the thread; `prepare` builds the rest on it.
  init(device: Device, name: String) {
    self.device = device
    self.name = name
    thread = ReplicaThread(name: "chorus \(name)")
  }

  deinit {
    // The OpenCL objects are released on the thread that used them.
    let core = HandOver(core)
    thread.submit { core.release() }
    thread.stop()
  }

  /// Builds the kernels, allocates memory and sets the weights.
  func prepare(_ configuration: Configuration, weights: [[Float]]) -> Promise<Void> {
    run { replica in
      let core = try ReplicaCore(configuration, device: replica.device)
      try core.plan.setWeights(weights)
      replica.core = core
    }
  }

  /// Computes forward and backward of a shard and hands its buckets in as they become ready.
  func compute(
    _ shard: Shard, scales: [GradientScale], arrivals: Arrivals
  ) -> Promise<ShardOutcome> {
    run { replica in
      do {
        return try replica.ready().compute(shard, scales: scales, arrivals: arrivals)
      } catch {
        let failure = TrainingError.deviceFailed(device: replica.name, cause: error)
        arrivals.fail(failure)
        throw failure
      }
    }
  }

  /// Gives the downloaded buckets back without an update, so that the step can be computed again.
  func discard() -> Promise<Void> {
    run { replica in try replica.ready().transfers.release() }
  }

  /// Updates the weights from reduced gradients; done when the device has finished.
  func update(_ gradients: [ReducedBucket], _ numbers: UpdateNumbers) -> Promise<Void> {
    run { replica in try replica.ready().update(gradients, numbers) }
  }

  /// Computes the forward pass of examples.
  func evaluate(_ shard: Shard) -> Promise<ShardOutcome> {
    run { replica in try replica.ready().evaluate(shard) }
  }

  /// Reads the weights, or their moving averages where those are kept.
  func weights(averaged: Bool) -> Promise<[[Float]]> {
    run { replica in try replica.ready().plan.weights(averaged: averaged) }
  }

  private func ready() throws -> ReplicaCore {
    guard let core else {
      throw TrainingError.invalidConfiguration("replica \(name) was used before it was prepared")
    }
    return core
  }

  private func run<Value: Sendable>(
    _ body: @escaping @Sendable (Replica) throws -> Value
  ) -> Promise<Value> {
    let promise = Promise<Value>()
    thread.submit { [self] in
      promise.fulfil(
        Result {
          do {
            return try body(self)
          } catch let error as OpenCLError {
            throw TrainingError.deviceFailed(device: name, cause: error)
          }
        })
    }
    return promise
  }
}

/// The grains of one step that one replica computes, and where their examples come from.
struct Shard: Sendable {
  let batch: GlobalBatch
  let grains: Range<Int>
  let source: any ExampleSource
}

/// What a replica found out about its shard.
struct ShardOutcome: Sendable {
  /// Loss of each example, in order: the sum over its predictions.
  var losses: [Float] = []
  /// Predictions that were right, and those that count.
  var correctCount = 0, countedCount = 0
  /// From the first upload to the arrival of the last bucket.
  var seconds = 0.0
}

/// Hands the last reference of a replica's core to its thread.
///
/// Sendable: the one who creates it gives its reference up, so only the receiver has it.
private final class HandOver: @unchecked Sendable {
  private var core: ReplicaCore?
  init(_ core: ReplicaCore?) { self.core = core }
  func release() { core = nil }
}
