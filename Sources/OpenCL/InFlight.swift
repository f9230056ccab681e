import Synchronization

/// The unfinished copies and fills of one in-order queue: the memory of the host that they read or write, and
/// whether one failed that nobody waited for.
///
/// Entries leave from the front, on the threads that use the queue: an event callback would
/// release OpenCL objects on a driver's thread, where the standard forbids it.
final class InFlight: Sendable {
  private struct Entry: Sendable {
    let event: Event
    /// Both ends of a copy between host and device.
    let memory: (host: StagingMemory, device: Buffer)?
  }

  private struct State {
    var entries: [Entry] = []
    /// The first failure that `check` has not thrown yet.
    var failure: OpenCLError?
  }

  private let state = Mutex(State())

  /// Remembers a copy or a fill until it has ended, and keeps both ends of a copy that long.
  func add(_ event: Event, memory: (host: StagingMemory, device: Buffer)? = nil) {
    state.withLock { $0.entries.append(Entry(event: event, memory: memory)) }
  }

  /// Lets go of the commands that are done.
  ///
  /// Before a command is enqueued, not after it: memory of the host is unmapped on its queue, and PoCL 3.1 aborts where
  /// the unmapping stands behind a command that fails.
  func prune() {
    // Released after the lock: freeing memory calls the driver.
    let done = state.withLock { state -> [Entry] in
      // Commands of a queue complete in order, so the first unfinished one ends the search.
      var count = 0
      while count < state.entries.count {
        let event = state.entries[count].event
        guard let end = event.end else { break }
        if case .failed(let code) = end, state.failure == nil {
          state.failure = event.failure(code)
        }
        count += 1
      }
      guard count > 0 else { return [] }
      let done = Array(state.entries.prefix(count))
      state.entries.removeFirst(count)
      return done
    }
    withExtendedLifetime(done) {}
  }

  /// Throws the first failure since the last call, of commands that have ended.
  func check() throws(OpenCLError) {
    prune()
    let failure = state.withLock { state in
      defer { state.failure = nil }
      return state.failure
    }
    if let failure { throw failure }
  }

  /// Waits for every copy; a failed one is as done as another.
  func drain() {
    let rest = state.withLock { state -> [Entry] in
      defer { state.entries = [] }
      return state.entries
    }
    for entry in rest where entry.memory != nil { try? entry.event.wait() }
  }
}

extension Event {
  /// How the command ended; nil if it has not, or cannot be asked.
  fileprivate var end: EventStatus? {
    guard let status = try? status else { return nil }
    switch status {
    case .complete: break
    case .failed: return status
    default: return nil
    }
    // Intel's CPU runtime 2026.2 calls a command complete that it skipped; see `isComplete`.
    do { try wait() } catch { return .failed(error.code) }
    return status
  }
}
