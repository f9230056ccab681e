import Foundation

/// A trace on disk that grows; after every write it is whole and valid.
final class TraceFile {
  private let path: String
  private let descriptor: Int32
  private var rows = TraceRows()
  /// Where the next event goes: over the end of the array.
  private var offset: off_t
  private var isEmpty = true

  /// Creates the file with an empty array, so that a path that cannot be is found before any work.
  init(path: String) throws(TimelineError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw Self.failure(path) }
    self.path = path
    self.descriptor = descriptor
    offset = 0
    try write(ChromeTrace.opening + ChromeTrace.closing)
    offset = off_t(ChromeTrace.opening.utf8.count)
  }

  deinit { close(descriptor) }

  /// Adds spans, and the end of the array behind them.
  func append(_ spans: [Span]) throws(TimelineError) {
    let events = ChromeTrace.events(spans, naming: &rows)
    guard !events.isEmpty else { return }
    let text = (isEmpty ? "" : ChromeTrace.separator) + events
    try write(text + ChromeTrace.closing)
    offset += off_t(text.utf8.count)
    isEmpty = false
  }

  private func write(_ text: String) throws(TimelineError) {
    var bytes = Array(text.utf8)[...]
    var position = offset
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, position) }
      if written < 0 && errno == EINTR { continue }
      guard written > 0 else { throw Self.failure(path) }
      bytes = bytes.dropFirst(written)
      position += off_t(written)
    }
  }

  private static func failure(_ path: String) -> TimelineError {
    .notWritable(path: path, reason: String(cString: strerror(errno)))
  }
}
