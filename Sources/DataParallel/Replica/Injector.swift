import Coordination
import Foundation
import Synchronization

/// Makes one replica fail as a drill asks for.
///
/// Sendable: the faults never change; whether a hang is over is atomic.
final class Injector: Sendable {
  /// Of this life of the replica, by step.
  private let injections: [Injection]
  private let isReleased = Atomic(false)
  private let hasFailed = Atomic(false)

  /// The faults of one replica that begins at `start`, a step counted from 1.
  init(_ injections: [Injection], start: Int) {
    self.injections = injections.filter { $0.step >= start }.sorted { $0.step < $1.step }
  }

  /// Those that have begun by the step of an order.
  private func active(_ order: Order) -> ArraySlice<Injection> {
    injections.prefix { $0.step <= order.step + 1 }
  }

  /// Fails, or never returns, where a fault of this order says so.
  func strike(_ order: Order) throws {
    for injection in active(order) {
      switch injection.kind {
      case .leave: throw InjectedFault(text: "the device has left (injected)")
      case .error:
        // A device that is used again works again.
        guard case .compute = order.work, !hasFailed.exchange(true, ordering: .relaxed) else {
          break
        }
        throw InjectedFault(
          text: "clEnqueueNDRangeKernel failed: CL_OUT_OF_RESOURCES (-5), injected")
      case .hang:
        guard case .compute = order.work, !hasFailed.exchange(true, ordering: .relaxed) else {
          break
        }
        while !isReleased.load(ordering: .acquiring) { Thread.sleep(forTimeInterval: 0.02) }
        throw InjectedFault(text: "an injected hang was given up")
      case .bits, .slow, .join: break
      }
    }
  }

  /// Whether the sums of an order are to be wrong.
  func corruptsBits(_ order: Order) -> Bool { active(order).contains { $0.kind == .bits } }

  /// Takes as much longer as the last such fault says; slow:1 is the end of it.
  func delay(_ order: Order, since begin: ContinuousClock.Instant) {
    for injection in active(order).reversed() {
      guard case .slow(let factor) = injection.kind else { continue }
      return Thread.sleep(
        forTimeInterval: (ContinuousClock.now - begin).seconds * (factor - 1))
    }
  }

  /// Ends a hang: nobody waits for it any more.
  func release() { isReleased.store(true, ordering: .releasing) }
}

/// A fault of a drill.
struct InjectedFault: Error, CustomStringConvertible {
  let text: String
  var description: String { text }
}
