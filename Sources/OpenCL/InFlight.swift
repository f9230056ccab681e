import Synchronization

/// The memory that the unfinished copies of one in-order queue read or write.
///
/// Entries leave from the front, on the threads that use the queue: an event callback would
/// release OpenCL objects on a driver's thread, where the standard forbids it.
final class InFlight: Sendable {
  private struct Entry: Sendable {
    let event: Event
    let host: StagingMemory
    let device: Buffer
  }

  private let entries = Mutex<[Entry]>([])

  /// Keeps both ends of a copy until its event completes; lets go of copies that are done.
  func add(_ event: Event, host: StagingMemory, device: Buffer) {
    prune()
    entries.withLock { $0.append(Entry(event: event, host: host, device: device)) }
  }

  /// Lets go of the memory of copies that are done.
  func prune() {
    // Released after the lock: freeing memory calls the driver.
    let done = entries.withLock { entries -> [Entry] in
      // Commands of a queue complete in order, so the first unfinished one ends the search.
      let count = entries.firstIndex { !$0.event.hasEnded } ?? entries.count
      guard count > 0 else { return [] }
      let done = Array(entries.prefix(count))
      entries.removeFirst(count)
      return done
    }
    withExtendedLifetime(done) {}
  }

  /// Waits for every copy; a failed one is as done as another.
  func drain() {
    let rest = entries.withLock { entries -> [Entry] in
      defer { entries = [] }
      return entries
    }
    for entry in rest { try? entry.event.wait() }
  }
}

extension Event {
  /// Whether nothing more happens; an event that cannot be asked counts as unfinished.
  fileprivate var hasEnded: Bool {
    switch try? status {
    case .complete, .failed: true
    default: false
    }
  }
}
