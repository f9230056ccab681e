import TOMLKit

/// A position in a TOML text, and the steps over its tokens; past the end every step is harmless.
struct TOMLCursor {
  private let bytes: [UInt8]
  private var index = 0
  private var line = 1
  private var lineStart = 0

  init(_ text: String) {
    bytes = Array(text.utf8)
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
      index = 3
      lineStart = 3
    }
  }

  /// The byte at the cursor; nil at the end.
  var byte: UInt8? { index < bytes.count ? bytes[index] : nil }

  /// Line and column of the cursor.
  var place: TOMLPlaces.Place {
    // Continuation bytes of UTF-8 begin no scalar.
    let scalars = bytes[lineStart..<index].count { $0 & 0xC0 != 0x80 }
    return TOMLPlaces.Place(line: line, column: scalars + 1)
  }

  mutating func advance(_ count: Int = 1) {
    for _ in 0..<count where index < bytes.count {
      index += 1
      if bytes[index - 1] == UInt8(ascii: "\n") {
        line += 1
        lineStart = index
      }
    }
  }

  mutating func skipSpaces() {
    while byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") { advance() }
  }

  /// Skips spaces, ends of lines and comments; returns whether anything follows.
  mutating func skipBlank() -> Bool {
    while let byte {
      switch byte {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"):
        advance()
      case UInt8(ascii: "#"):
        while self.byte != nil, self.byte != UInt8(ascii: "\n") { advance() }
      default:
        return true
      }
    }
    return false
  }

  /// Steps over `a."b".c` and the spaces around it, up to `=` or `]`.
  mutating func dottedKey() -> [String] {
    var keys: [String] = []
    repeat {
      if byte == UInt8(ascii: ".") { advance() }
      skipSpaces()
      keys.append(key())
      skipSpaces()
    } while byte == UInt8(ascii: ".")
    return keys
  }

  private mutating func key() -> String {
    let start = index
    guard byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") else {
      while let byte, !" \t.=]\r\n".utf8.contains(byte) { advance() }
      return String(decoding: bytes[start..<index], as: UTF8.self)
    }
    skipString()
    // The library knows the escapes.
    let quoted = String(decoding: bytes[start..<index], as: UTF8.self)
    return (try? TOMLTable(string: "key = \(quoted)"))?["key"]?.string ?? quoted
  }

  /// Steps over a string of any of the four kinds.
  mutating func skipString() {
    guard let quote = byte else { return }
    let isLong = bytes[index...].starts(with: [quote, quote, quote])
    advance(isLong ? 3 : 1)
    while let byte {
      if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
        advance(2)
      } else if byte == quote, !isLong || bytes[index...].starts(with: [quote, quote, quote]) {
        advance(isLong ? 3 : 1)
        // A long string may end in one or two quotes of its own.
        while isLong, self.byte == quote { advance() }
        return
      } else {
        advance()
      }
    }
  }

  /// Steps over a number, a boolean or a date; at least one byte, so that every loop ends.
  mutating func skipScalar() {
    repeat { advance() } while byte.map { !",]}#\r\n".utf8.contains($0) } ?? false
  }
}
