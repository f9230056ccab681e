import ComputeGraph
import Coordination
import Dispatch
import Execution
import Foundation
public import OpenCL

/// The side of an isolated replica that has the device: a process that computes for another one, which trains.
///
/// A program that `Isolation` names builds the network of the run, finds its device, and calls `serve`; it must be
/// one of those that the process that trains starts, which gives it a socket and memory to share.
public final class ReplicaHost: Sendable {
  private let channel: Channel
  private let memory: SharedMemory
  private let shared: SharedLayout
  private let layout: BucketLayout
  private let gradients: GradientSet
  private let plan: Plan
  private let port: any ReplicaPort
  private let events: Mailbox<EngineEvent>
  private let optimizer: Optimizer
  private let examplesReady = DispatchSemaphore(value: 0)
  /// Whether the memory for a state may be written.
  private let stateFree = DispatchSemaphore(value: 1)

  /// Computes with one device for the process that started this one; ends with it.
  ///
  /// - Parameters:
  ///   - configuration: The same network, optimizer, seed and grain as those of the run.
  ///   - device: The device that the arguments of this process named.
  public static func serve(_ configuration: TrainerConfiguration, device: Device) -> Never {
    let channel = Channel(adopting: ChildProcess.channelFile)
    // Programs that a driver starts, such as a compiler, must not keep the connection open.
    for file in [ChildProcess.channelFile, ChildProcess.memoryFile] {
      _ = fcntl(file, F_SETFD, FD_CLOEXEC)
    }
    do {
      guard let message = try channel.receive() else { exit() }
      guard case .setup(let setup) = try Request(message) else { throw WireReader.damaged }
      let host = try ReplicaHost(configuration, device, setup, channel)
      let forwarding = ReplicaThread(name: "chorus \(setup.name) replies")
      forwarding.submit { host.forward() }
      while let message = try channel.receive() { try host.handle(Request(message)) }
    } catch {
      try? channel.send(Reply.refused(reason: "\(error)").message())
    }
    exit()
  }

  /// Without further ado: the driver may hang, and the process that trains has all it needs.
  private static func exit() -> Never { _exit(0) }

  private init(
    _ configuration: TrainerConfiguration, _ device: Device, _ setup: ReplicaSetup,
    _ channel: Channel
  ) throws {
    guard device.name == setup.device, device.driverVersion == setup.driver else {
      throw IsolationError(
        "its process found \(device.name) (driver \(device.driverVersion)) in the place of"
          + " \(setup.device) (driver \(setup.driver))")
    }
    var configuration = configuration
    configuration.isolation = nil
    configuration.waveGrains = setup.waveGrains
    configuration.injections = setup.injections
    plan = try Plan(configuration.graph)
    guard plan.digest(configuration) == setup.digest else {
      throw IsolationError("its process has built another network than that of the run")
    }
    layout = BucketLayout(plan, sizes: setup.buckets)
    optimizer = configuration.optimizer.optimizer
    shared = SharedLayout(
      layout, plan: plan, capacity: setup.waveGrains * configuration.grain, optimizer: optimizer,
      keepsAverages: configuration.optimizer.averageDecay != nil)
    memory = try SharedMemory(
      adopting: ChildProcess.memoryFile, byteCount: shared.byteCount)
    gradients = GradientSet(
      layout, pointers: shared.gradients.map { [memory] in memory.pointer + $0 }, owner: memory)
    events = Mailbox()
    self.channel = channel
    let factory = ReplicaFactory(
      configuration, plan, layout, [Participant(device: device, name: setup.name)])
    port = factory.port(0, step: setup.step, events: events)
  }

  // MARK: What comes in.

  private func handle(_ request: Request) throws {
    switch request {
    case .setup: throw WireReader.damaged
    case .order(let order, let attachment):
      port.take(Assignment(order: order, payload: try payload(of: order, attachment)))
    case .examplesReady: examplesReady.signal()
    case .stateTaken: stateFree.signal()
    }
  }

  private func payload(
    of order: Order, _ attachment: Request.Attachment
  ) throws -> Assignment.Payload {
    switch (order.work, attachment) {
    case (.load, _): return .state(shared.state(in: memory, optimizer: optimizer))
    case (.upload(let bucket), _):
      guard layout.buckets.indices.contains(bucket) else { throw WireReader.damaged }
      return .gradients(gradients)
    case (_, .batch(let batch, let scales, let ahead)):
      let (examples, targets) = (plan.tensors[plan.examples], plan.tensors[plan.targets])
      let source = RemoteExamples(
        order: order.id, host: self, exampleShape: examples.shape,
        exampleElement: examples.element, targetShape: targets.shape,
        targetElement: targets.element)
      return .batch(
        batch, source, scales,
        ahead: ahead.map { Shard(batch: $0.batch, grains: $0.grains, source: source) })
    case (_, .numbers(let numbers)): return .numbers(numbers)
    default: return .none
    }
  }

  /// Gets examples; called on the replica's own thread, one wave after another.
  func fetch(
    _ indices: [Int], of order: Int, examples: UnsafeMutableRawBufferPointer,
    targets: UnsafeMutableRawBufferPointer
  ) {
    send(.examples(order: order, indices: indices))
    examplesReady.wait()
    for (region, target) in [(shared.examples, examples), (shared.targets, targets)] {
      target.copyMemory(
        from: UnsafeRawBufferPointer(
          start: memory.pointer + region.lowerBound, count: min(region.count, target.count)))
    }
  }

  // MARK: What goes out.

  private func forward() {
    while let event = events.next(until: nil) {
      switch event {
      case .completed(let order, let seconds, let outcome):
        send(.completed(order: order, seconds: seconds, outcome: outcome))
      case .delivered(let order, let bucket, let part):
        (memory.pointer + shared.sums[bucket]).copyMemory(
          from: part.sums, byteCount: layout.buckets[bucket].byteCount)
        send(.delivered(order: order, bucket: bucket))
      case .digest(let order, let digest): send(.digest(order: order, digest: digest))
      case .state(let order, let state):
        stateFree.wait()
        shared.store(state, in: memory)
        send(.state(order: order))
      case .failed(let order, let reason): send(.failed(order: order, reason: reason))
      case .lost(_, let reason): send(.refused(reason: reason))
      case .reduced: break
      }
    }
  }

  /// Where it cannot be sent the other process is gone, of which the thread that receives hears too.
  private func send(_ reply: Reply) { try? channel.send(reply.message()) }
}
