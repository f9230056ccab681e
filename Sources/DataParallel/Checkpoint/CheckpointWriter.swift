import Foundation
import Synchronization

/// Writes checkpoints in the background, one at a time; of those that wait, the newest is written.
public final class CheckpointWriter: Sendable {
  /// What came of a checkpoint.
  public struct Outcome: Sendable {
    /// Committed steps of the state.
    public let step: Int
    /// Why it was not written; nil if it was.
    public let problem: String?
    /// Time of writing.
    public let seconds: Double
  }

  private struct State {
    var next: TrainingState?
    var isWriting = false
    var outcomes: [Outcome] = []
  }

  /// Where they are written.
  public let store: CheckpointStore
  private let state = Mutex(State())
  private let idle = DispatchSemaphore(value: 0)

  /// A writer for a store.
  public init(_ store: CheckpointStore) { self.store = store }

  /// Whether a checkpoint is being written: a state that is submitted now waits.
  public var isBusy: Bool { state.withLock { $0.isWriting } }

  /// Takes a state to be written; returns at once. It replaces one that still waits.
  public func submit(_ newest: TrainingState) {
    let begins = state.withLock { state in
      state.next = newest
      guard !state.isWriting else { return false }
      state.isWriting = true
      return true
    }
    guard begins else { return }
    let thread = Thread { [self] in run() }
    thread.name = "chorus checkpoint"
    thread.start()
  }

  /// What has come of checkpoints since the last call.
  public func takeOutcomes() -> [Outcome] {
    state.withLock { state in
      defer { state.outcomes = [] }
      return state.outcomes
    }
  }

  /// Waits until nothing is left to write.
  ///
  /// - Returns: What has come of checkpoints since they were last asked for.
  public func finish() -> [Outcome] {
    while isBusy { idle.wait() }
    return takeOutcomes()
  }

  private func run() {
    while true {
      let next = state.withLock { state -> TrainingState? in
        defer { state.next = nil }
        if state.next == nil { state.isWriting = false }
        return state.next
      }
      guard let next else {
        idle.signal()
        return
      }
      let start = ContinuousClock.now
      var problem: String?
      do { try store.write(next) } catch { problem = "\(error)" }
      let seconds = (ContinuousClock.now - start).seconds
      state.withLock {
        $0.outcomes.append(Outcome(step: next.step, problem: problem, seconds: seconds))
      }
    }
  }
}
