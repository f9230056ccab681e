import Dispatch
public import Foundation
import Synchronization

/// Takes spans from any thread and streams them to a file.
///
/// `add` appends to an array under a lock; a thread of its own makes the text and writes it. No more than
/// `memoryLimit` spans are in memory: whoever adds more waits for the disk. The file takes `spanLimit` spans,
/// about as much as the viewers open; later ones are counted in `leftOut`. The file is a whole, valid trace after
/// every write, some seconds behind the run.
public final class Recorder: Sendable {
  /// Spans in memory at most, about 16 MiB of them.
  public static let memoryLimit = 1 << 16
  /// Spans in a file at most: 0.6 GB at about 150 bytes each.
  public static let spanLimit = 4_000_000
  /// Spans that are written together.
  static let batchCount = 1 << 12
  /// Seconds of the run after which fewer are written too.
  static let batchSeconds = 2.0

  private struct State {
    /// What no write has taken yet.
    var spans: [Span] = []
    /// Spans that a write has taken, but not finished.
    var writing = 0
    var accepted = 0
    var leftOut = 0
    var isStreaming = false
    /// When a write last took spans, in seconds of the recording.
    var lastWrite = 0.0
    var failure: TimelineError?

    /// What is to be written next.
    mutating func takeSpans() -> [Span] {
      defer { spans = [] }
      writing += spans.count
      return spans
    }
  }

  private let beginning = ContinuousClock.now
  private let state = Mutex(State())
  /// Where batches go; nil before there is a file, and after it failed or was closed.
  private let output = Mutex<TraceFile?>(nil)
  private let writer = DispatchQueue(label: "chorus trace")

  /// A recording that begins now.
  public init() {}

  /// Seconds since the recording began.
  public func now() -> Double { seconds(at: .now) }

  /// Seconds from the beginning of the recording to a moment; negative before it.
  public func seconds(at moment: ContinuousClock.Instant) -> Double {
    let components = (moment - beginning).components
    return Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }

  /// Spans that found no room in memory before there was a file, or in the file.
  public var leftOut: Int { state.withLock { $0.leftOut } }

  /// Adds a span.
  public func add(_ span: Span) {
    let (batch, mustWait) = state.withLock { state -> ([Span], Bool) in
      let hasRoom = state.isStreaming || state.spans.count < Self.memoryLimit
      guard hasRoom, state.accepted < Self.spanLimit, state.failure == nil else {
        state.leftOut += 1
        return ([], false)
      }
      state.accepted += 1
      state.spans.append(span)
      let isDue =
        state.spans.count >= Self.batchCount || span.end > state.lastWrite + Self.batchSeconds
      guard state.isStreaming, isDue else { return ([], false) }
      state.lastWrite = max(state.lastWrite, span.end)
      return (state.takeSpans(), state.writing > Self.memoryLimit - Self.batchCount)
    }
    guard !batch.isEmpty else { return }
    writer.async { self.write(batch) }
    if mustWait { writer.sync {} }
  }

  /// Creates the file; what was recorded so far and everything from now on goes there.
  ///
  /// Called once, before or during the run.
  ///
  /// - Parameter url: The file; one that exists is replaced.
  /// - Throws: `TimelineError.notWritable`.
  public func write(to url: URL) throws(TimelineError) {
    try output.withLock { file throws(TimelineError) in file = try TraceFile(path: url.path) }
    state.withLock { $0.isStreaming = true }
  }

  /// Writes what is left and closes the file; nothing is recorded afterwards.
  ///
  /// - Throws: What went wrong in this or any earlier write; the run itself was not disturbed by it.
  public func finish() throws(TimelineError) {
    let rest = state.withLock { state in
      state.isStreaming = false
      state.accepted = Self.spanLimit
      return state.takeSpans()
    }
    writer.sync { self.write(rest) }
    output.withLock { $0 = nil }
    if let failure = state.withLock({ $0.failure }) { throw failure }
  }

  /// On the writer's queue: one batch after the other, in the order in which they were taken or nearly so.
  private func write(_ batch: [Span]) {
    let failure = output.withLock { file -> TimelineError? in
      do throws(TimelineError) {
        try file?.append(batch)
        return nil
      } catch {
        file = nil
        return error
      }
    }
    state.withLock { state in
      state.writing -= batch.count
      state.failure = state.failure ?? failure
    }
  }
}
