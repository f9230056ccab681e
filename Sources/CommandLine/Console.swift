import Foundation
import Synchronization

/// What the program writes: results to standard output, everything else to standard error.
enum Console {
  /// Whether standard error is a terminal, on which a line can be drawn anew.
  static let isInteractive = isatty(STDERR_FILENO) == 1

  private static let barIsShown = Mutex(false)

  /// Writes a line to standard output; ends the program quietly when nobody reads it any more.
  static func print(_ line: String) {
    clearBar()
    guard write(line + "\n", to: STDOUT_FILENO) else {
      // The reader of a pipe may leave early (`| head`); any other failure must be seen.
      let reason = String(cString: strerror(errno))
      if errno != EPIPE { error("standard output cannot be written: \(reason)") }
      exit(1)
    }
  }

  /// Writes a line to standard error.
  static func note(_ line: String) {
    clearBar()
    write(line + "\n", to: STDERR_FILENO)
  }

  /// Writes an error to standard error.
  static func error(_ message: String, prefix: String = "chorus: ") {
    note(prefix + message)
  }

  /// Draws a line that the next output replaces; only on a terminal.
  static func bar(_ line: String) {
    guard isInteractive else { return }
    write("\r\u{1B}[K" + line, to: STDERR_FILENO)
    barIsShown.withLock { $0 = true }
  }

  private static func clearBar() {
    let isShown = barIsShown.withLock { shown in
      defer { shown = false }
      return shown
    }
    if isShown { write("\r\u{1B}[K", to: STDERR_FILENO) }
  }

  @discardableResult
  private static func write(_ text: String, to file: Int32) -> Bool {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { Foundation.write(file, $0.baseAddress, $0.count) }
      if written < 0 {
        if errno == EINTR { continue }
        return false
      }
      bytes = bytes.dropFirst(written)
    }
    return true
  }
}
