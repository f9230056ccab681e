import ComputeGraph
import Coordination
import Execution
import Foundation

/// A replica in a process of its own, as the engine sees it.
///
/// Two threads serve it: one writes orders, the other waits for what comes of them, and for the end of the process.
final class IsolatedReplica: ReplicaPort {
  /// What is needed to start a replica's process.
  struct Configuration: Sendable {
    let number: Int
    let executable: String
    let arguments: [String]
    let setup: ReplicaSetup
    let optimizer: Optimizer
    let layout: BucketLayout
    let memory: SharedLayout
  }

  private let link: ReplicaLink
  private let writer: ReplicaThread

  /// Starts the process, without waiting for it.
  init(_ configuration: Configuration, events: Mailbox<EngineEvent>) {
    let link = ReplicaLink(configuration, events: events)
    self.link = link
    writer = ReplicaThread(name: "chorus \(configuration.setup.name) orders")
    writer.submit { link.start() }
  }

  deinit {
    link.end()
    writer.stop()
  }

  func take(_ assignment: Assignment) {
    let link = link
    writer.submit { link.send(assignment) }
  }

  func abandon() { link.end() }
}
