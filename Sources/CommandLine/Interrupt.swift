import Foundation
import Synchronization

/// Ctrl-C and termination: noted, and acted on between two steps.
enum Interrupt {
  private static let received = Atomic<Int32>(0)

  /// The signal that arrived, if any.
  static var signal: Int32? {
    let number = received.load(ordering: .relaxed)
    return number == 0 ? nil : number
  }

  /// Begins to take note of SIGINT and SIGTERM; a second one ends the program at once.
  static func watch() {
    // Touched here, so that the handler does not initialise it.
    received.store(0, ordering: .relaxed)
    // A parent may have started the program with signals blocked; they would never arrive.
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGINT, SIGTERM] { sigaddset(&signals, number) }
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    for number in [SIGINT, SIGTERM] {
      Foundation.signal(number) { number in
        if Interrupt.received.exchange(number, ordering: .relaxed) != 0 { _exit(128 + number) }
      }
    }
  }
}
