import ComputeGraph
import Coordination
import Execution
import Foundation
import Synchronization

/// The connection to a replica's process, from its start to its end.
///
/// It lives as long as one of the two threads uses it; the process ends with it at the latest.
final class ReplicaLink: Sendable {
  private struct Connection {
    let process: ChildProcess
    let channel: Channel
    let memory: SharedMemory
  }

  private struct State {
    var connection: Connection?
    var isEnded = false
    /// Where the examples of orders that are on their way come from.
    var sources: [Int: any ExampleSource] = [:]
  }

  private let configuration: IsolatedReplica.Configuration
  private let events: Mailbox<EngineEvent>
  private let state = Mutex(State())

  init(_ configuration: IsolatedReplica.Configuration, events: Mailbox<EngineEvent>) {
    self.configuration = configuration
    self.events = events
  }

  // MARK: For the thread that writes.

  /// Starts the process, and the thread that listens to it.
  func start() {
    do {
      let memory = try SharedMemory(byteCount: configuration.memory.byteCount)
      let (own, other) = try Channel.pair()
      let (output, input) = try Channel.pair()
      let process = try withExtendedLifetime((other, input)) {
        try ChildProcess(
          configuration.executable, configuration.arguments, channel: other.file,
          memory: memory.file, output: input.file)
      }
      let connection = Connection(process: process, channel: own, memory: memory)
      let isEnded = state.withLock { state in
        state.connection = connection
        return state.isEnded
      }
      if isEnded { process.kill() }
      let listener = ReplicaThread(name: "chorus \(configuration.setup.name) events")
      listener.submit { [self] in listen(connection, output) }
      listener.stop()
      try own.send(Request.setup(configuration.setup).message())
    } catch let error as IsolationError {
      lose("its process cannot be started: \(error)")
    } catch {
      lose("\(error)")
    }
  }

  /// Hands an order on, with what it needs.
  func send(_ assignment: Assignment) {
    guard let connection = state.withLock({ $0.isEnded ? nil : $0.connection }) else { return }
    let order = assignment.order
    var attachment = Request.Attachment.none
    switch (order.work, assignment.payload) {
    case (.load, .state(let value)): configuration.memory.store(value, in: connection.memory)
    case (.upload(let bucket), .gradients(let gradients)):
      let values = gradients.buckets[bucket]
      (connection.memory.pointer + configuration.memory.gradients[bucket]).copyMemory(
        from: values.pointer, byteCount: values.count * MemoryLayout<Float>.stride)
    case (_, .batch(let batch, let source, let scales, let ahead)):
      // What is expected to follow has the same source.
      state.withLock { $0.sources[order.id] = source }
      attachment = .batch(batch, scales, ahead: ahead.map { ($0.batch, $0.grains) })
    case (_, .numbers(let numbers)): attachment = .numbers(numbers)
    default: break
    }
    // What stands in the way is the end of the process, of which the other thread hears too.
    try? connection.channel.send(Request.order(order, attachment).message())
  }

  // MARK: From any thread.

  /// Ends the process; no event comes any more.
  func end() {
    let connection = state.withLock { state in
      state.isEnded = true
      state.sources = [:]
      return state.connection
    }
    connection?.process.kill()
  }

  private func lose(_ reason: String) {
    post(.lost(replica: configuration.number, reason: reason))
  }

  private func post(_ event: EngineEvent) {
    // The number of a replica that was given up may soon be that of another process.
    state.withLock { if !$0.isEnded { events.post(event) } }
  }

  // MARK: For the thread that listens.

  private func listen(_ connection: Connection, _ written: Channel) {
    var output = ProcessOutput(name: configuration.setup.name, file: written.file)
    var waits = [
      pollfd(fd: connection.channel.file, events: Int16(POLLIN), revents: 0),
      pollfd(fd: written.file, events: Int16(POLLIN), revents: 0),
    ]
    var problem: String?
    while problem == nil {
      guard poll(&waits, 2, -1) >= 0 else { continue }
      if waits[1].revents != 0, !output.read() { waits[1].fd = -1 }
      guard waits[0].revents != 0 else { continue }
      do {
        guard let message = try connection.channel.receive() else { break }
        problem = try handle(Reply(message), connection)
      } catch {
        problem = "\(error)"
      }
    }
    if problem != nil { connection.process.kill() }
    let end = connection.process.wait()
    output.finish()
    lose(problem ?? end.text(lastLine: output.lastLine))
    state.withLock { $0.connection = nil }
  }

  /// Returns what is wrong with the process, if anything is.
  private func handle(_ reply: Reply, _ connection: Connection) throws -> String? {
    switch reply {
    case .completed(let order, let seconds, let outcome):
      state.withLock { $0.sources[order] = nil }
      post(.completed(order: order, seconds: seconds, outcome: outcome))
    case .delivered(let order, let bucket):
      guard configuration.layout.buckets.indices.contains(bucket) else { throw WireReader.damaged }
      let memory = connection.memory
      post(
        .delivered(
          order: order, bucket: bucket,
          part: BucketPart(
            memory: memory.pointer + configuration.memory.sums[bucket],
            bucket: configuration.layout.buckets[bucket], owner: memory)))
    case .digest(let order, let digest): post(.digest(order: order, digest: digest))
    case .state(let order):
      let value = configuration.memory.state(
        in: connection.memory, optimizer: configuration.optimizer)
      try connection.channel.send(Request.stateTaken.message())
      post(.state(order: order, value))
    case .failed(let order, let reason): post(.failed(order: order, reason: reason))
    case .examples(let order, let indices):
      try gather(indices, of: order, connection)
      try connection.channel.send(Request.examplesReady.message())
    case .refused(let reason): return reason
    }
    return nil
  }

  private func gather(_ indices: [Int], of order: Int, _ connection: Connection) throws {
    guard let source = state.withLock({ $0.sources[order] }) else { return }
    let sizes = (source.exampleShape.count * 4, source.targetShape.count * 4)
    let memory = configuration.memory
    guard indices.allSatisfy((0..<source.count).contains),
      indices.count * sizes.0 <= memory.examples.count,
      indices.count * sizes.1 <= memory.targets.count
    else { throw WireReader.damaged }
    source.gather(
      indices[...],
      examples: UnsafeMutableRawBufferPointer(
        start: connection.memory.pointer + memory.examples.lowerBound,
        count: indices.count * sizes.0),
      targets: UnsafeMutableRawBufferPointer(
        start: connection.memory.pointer + memory.targets.lowerBound,
        count: indices.count * sizes.1))
  }
}
