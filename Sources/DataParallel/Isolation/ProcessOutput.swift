import Foundation

/// What a replica's process writes: handed on to standard error line by line, under the device's name.
struct ProcessOutput {
  private let name: String
  private let file: Int32
  private var partial: [UInt8] = []
  /// The last line that is not empty.
  private(set) var lastLine: String?

  /// Longest line; the rest is another one.
  private static let limit = 4096

  /// Reads `file`, which belongs to someone else.
  init(name: String, file: Int32) {
    self.name = name
    self.file = file
    _ = fcntl(file, F_SETFL, fcntl(file, F_GETFL) | O_NONBLOCK)
  }

  /// Takes what is there; false when nothing comes any more.
  mutating func read() -> Bool {
    var bytes = [UInt8](repeating: 0, count: Self.limit)
    while true {
      let count = Foundation.read(file, &bytes, bytes.count)
      if count > 0 {
        take(bytes[..<count])
      } else if count == 0 {
        return false
      } else if errno != EINTR {
        return errno == EAGAIN
      }
    }
  }

  /// Hands on a last line without an end.
  mutating func finish() {
    _ = read()
    if !partial.isEmpty { endLine() }
  }

  private mutating func take(_ bytes: ArraySlice<UInt8>) {
    for byte in bytes {
      if byte == UInt8(ascii: "\n") || partial.count >= Self.limit { endLine() }
      if byte != UInt8(ascii: "\n") { partial.append(byte) }
    }
  }

  private mutating func endLine() {
    let line = String(decoding: partial, as: UTF8.self)
    partial = []
    guard !line.allSatisfy(\.isWhitespace) else { return }
    lastLine = line
    let bytes = Array("device \(name): \(line)\n".utf8)
    _ = Foundation.write(STDERR_FILENO, bytes, bytes.count)
  }
}
