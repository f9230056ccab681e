import ComputeGraph
import Coordination
import Dispatch
import Execution
import OpenCL
import Synchronization
import Timeline

/// One copy of the parameters on one device of this process, driven by threads of its own: one computes, one takes
/// reduced gradients.
///
/// Sendable: `core` is used on the replica's threads only: it is made and dropped on the one that computes, and
/// the other is asked to do something only while the core is there.
final class Replica: ReplicaPort, @unchecked Sendable {
  /// What is needed to build a replica.
  struct Configuration: Sendable {
    let name: String
    let device: Device
    let plan: Plan
    let layout: BucketLayout
    let grain: Int
    /// Most grains of one wave.
    let waveGrains: Int
    let optimizer: Optimizer
    let keepsAverages: Bool
    let seed: UInt64
    let tiles: TileChoice
    let kernels: KernelVariant?
    let cache: ProgramCache?
    let trace: Recorder?
    let profile: LaunchProfile?
    /// Refuses a device whose bits are wrong; run before the replica is used for the first time.
    let selfTest: (@Sendable (Device) throws -> Void)?
  }

  private let configuration: Configuration
  private let events: Mailbox<EngineEvent>
  private let injector: Injector?
  private let computing: ReplicaThread
  private let transferring: ReplicaThread
  private let isAbandoned = Atomic(false)
  /// Uploads that were ordered and are not done.
  private let pendingTransfers = Atomic(0)
  private var core: ReplicaCore?

  /// Starts the threads; the order to prepare builds the rest on them.
  init(_ configuration: Configuration, events: Mailbox<EngineEvent>, injector: Injector?) {
    self.configuration = configuration
    self.events = events
    self.injector = injector
    computing = ReplicaThread(name: "chorus \(configuration.name)")
    transferring = ReplicaThread(name: "chorus \(configuration.name) transfers")
  }

  deinit {
    // The OpenCL objects are released on the thread that used them. It may hang there for ever: then so be it.
    let core = HandOver(self.core)
    // Otherwise this thread could be the last to let go, and hang with the driver.
    self.core = nil
    transferring.stop()
    Self.releases.enter()
    computing.submit {
      core.release()
      Self.releases.leave()
    }
    computing.stop()
  }

  /// Replicas whose objects are being released.
  private static let releases = DispatchGroup()

  /// Waits a while until replicas that were dropped have released their objects: drivers do not bear a process that
  /// ends meanwhile.
  static func waitForReleases() { _ = releases.wait(timeout: .now() + .seconds(2)) }

  func abandon() {
    isAbandoned.store(true, ordering: .releasing)
    injector?.release()
  }

  func take(_ assignment: Assignment) {
    guard assignment.order.work.lane == .transfer else {
      computing.submit { [weak self] in self?.perform(assignment) }
      return
    }
    pendingTransfers.add(1, ordering: .relaxed)
    transferring.submit { [weak self] in
      self?.perform(assignment)
      self?.pendingTransfers.subtract(1, ordering: .releasing)
    }
  }

  private func perform(_ assignment: Assignment) {
    guard !isAbandoned.load(ordering: .acquiring) else { return }
    let order = assignment.order
    do {
      let start = ContinuousClock.now
      try injector?.strike(order)
      let outcome = try work(assignment)
      injector?.delay(order, since: start)
      events.post(
        .completed(
          order: order.id, seconds: (ContinuousClock.now - start).seconds, outcome: outcome))
    } catch {
      events.post(.failed(order: order.id, reason: "\(error)"))
    }
  }

  private func work(_ assignment: Assignment) throws -> ShardOutcome? {
    let order = assignment.order
    switch (order.work, assignment.payload) {
    case (.prepare, _):
      try configuration.selfTest?(configuration.device)
      core = try ReplicaCore(configuration)
    case (.load, .state(let state)): try ready().plan.setState(state)
    case (.compute(let portion), .batch(let batch, let source, let scales, let ahead)):
      let shard = Shard(batch: batch, grains: portion.grains, source: source)
      return try ready().compute(
        shard, portion, scales: scales, ahead: ahead,
        sabotage: injector?.corruptsBits(order) == true,
        report: reporter(order))
    case (.deliver, _): try ready().deliver(report: reporter(order), step: order.step)
    case (.evaluate(let grains), .batch(let batch, let source, _, _)):
      return try ready().evaluate(Shard(batch: batch, grains: grains, source: source))
    case (.upload(let bucket), .gradients(let gradients)):
      try ready().upload(bucket: bucket, gradients, step: order.step)
    case (.update, .numbers(let numbers)):
      // The uploads of the step were ordered before; the update waits for them.
      try waitForTransfers()
      try ready().update(numbers, step: order.step)
    case (.read, _): events.post(.state(order: order.id, try ready().plan.state()))
    default:
      throw TrainingError.invalidConfiguration("order \(order.work) came without what it needs")
    }
    return nil
  }

  private func reporter(_ order: Order) -> ReplicaCore.Report {
    ReplicaCore.Report(
      delivered: { [events, computing] bucket, part in
        let part = part.given(by: computing)
        events.post(.delivered(order: order.id, bucket: bucket, part: part))
      },
      digest: { [events] digest in events.post(.digest(order: order.id, digest: digest)) })
  }

  private func waitForTransfers() throws {
    guard pendingTransfers.load(ordering: .acquiring) > 0 else { return }
    let done = Promise<Void>()
    transferring.submit { done.fulfil(.success(())) }
    try done.wait()
  }

  private func ready() throws -> ReplicaCore {
    guard let core else {
      throw TrainingError.invalidConfiguration(
        "replica \(configuration.name) was used before it was prepared")
    }
    return core
  }
}

/// The grains of one step that one replica computes, and where their examples come from.
struct Shard: Sendable {
  let batch: GlobalBatch
  let grains: Range<Int>
  let source: any ExampleSource
}

/// Hands the last reference of a replica's core to its thread.
///
/// Sendable: the one who creates it gives its reference up, so only the receiver has it.
private final class HandOver: @unchecked Sendable {
  private var core: ReplicaCore?
  init(_ core: ReplicaCore?) { self.core = core }
  func release() { core = nil }
}
