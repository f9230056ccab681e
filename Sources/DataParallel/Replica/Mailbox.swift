import Dispatch
import Synchronization

/// Where other threads leave what one thread waits for.
final class Mailbox<Element: Sendable>: Sendable {
  private let elements = Mutex<[Element]>([])
  private let arrived = DispatchSemaphore(value: 0)

  /// Leaves something; never blocks.
  func post(_ element: Element) {
    elements.withLock { $0.append(element) }
    arrived.signal()
  }

  /// Takes the oldest; waits for one, at most until `deadline` (for ever without one).
  func next(until deadline: ContinuousClock.Instant?) -> Element? {
    if let deadline {
      let wait = max(0, (deadline - ContinuousClock.now).seconds)
      // Far deadlines are waited for in parts: the nanoseconds of a wait are 64 bits.
      let nanoseconds = Int(min(wait, 3600) * 1e9)
      guard arrived.wait(timeout: .now() + .nanoseconds(nanoseconds)) == .success else {
        return nil
      }
    } else {
      arrived.wait()
    }
    return elements.withLock { $0.isEmpty ? nil : $0.removeFirst() }
  }
}

extension Duration {
  /// The duration in seconds.
  var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
