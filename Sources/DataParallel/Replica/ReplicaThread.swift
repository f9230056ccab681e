import CScheduling
import Foundation
import Synchronization

/// A thread that does what is submitted, in order: the OpenCL calls of a replica, or the reducer's work. Blocking waits
/// never run on a shared pool.
final class ReplicaThread: Sendable {
  private struct State {
    var work: [@Sendable () -> Void] = []
    var isStopped = false
    var hasEnded = false
  }

  private let state = Mutex(State())
  private let pending = DispatchSemaphore(value: 0)

  /// Starts a thread of the given name; drivers compile kernels on the calling thread, with deep recursion.
  init(name: String, stackByteCount: Int = 64 << 20) {
    let thread = Thread { [self] in run() }
    thread.name = name
    thread.stackSize = stackByteCount
    thread.start()
  }

  /// Runs `work` after all that was submitted before; drops it where the thread has ended.
  func submit(_ work: @escaping @Sendable () -> Void) {
    state.withLock { state in
      if !state.hasEnded { state.work.append(work) }
    }
    pending.signal()
  }

  /// Ends the thread when what was submitted is done.
  func stop() {
    state.withLock { $0.isStopped = true }
    pending.signal()
  }

  private func run() {
    // A device of this host's processors keeps them busy; who hands its results on must not queue behind it.
    _ = chorus_prefer_short_turns()
    while true {
      pending.wait()
      let next = state.withLock { state -> (@Sendable () -> Void)? in
        state.hasEnded = state.work.isEmpty
        return state.work.isEmpty ? nil : state.work.removeFirst()
      }
      guard let next else { return }
      next()
    }
  }
}

/// A result that one thread delivers and another waits for, once.
final class Promise<Value: Sendable>: Sendable {
  private let result = Mutex<Result<Value, any Error>?>(nil)
  private let delivered = DispatchSemaphore(value: 0)

  /// Delivers the result.
  func fulfil(_ value: Result<Value, any Error>) {
    result.withLock { $0 = value }
    delivered.signal()
  }

  /// Blocks until the result is there.
  func wait() throws -> Value {
    delivered.wait()
    guard let result = result.withLock({ $0 }) else {
      preconditionFailure("a promise signals only after it is fulfilled")
    }
    return try result.get()
  }
}
