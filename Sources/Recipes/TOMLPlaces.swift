import TOMLKit

/// Where each key, table heading and array element of a TOML text begins.
///
/// TOMLKit keeps places only in its errors. This scan steps through a text that TOMLKit has already accepted, so it
/// need not find mistakes; it knows only as much of the grammar as separates keys from values.
struct TOMLPlaces {
  /// One step from the outermost table to a value.
  enum Step: Hashable {
    case key(String)
    case element(Int)
  }

  /// A line, and a column in Unicode scalars; both from 1.
  struct Place {
    let line: Int
    let column: Int
  }

  private var places: [[Step]: Place] = [:]
  /// How many `[[headings]]` each array of tables has so far.
  private var tableCounts: [[Step]: Int] = [:]
  private var cursor: TOMLCursor

  init(of text: String) {
    cursor = TOMLCursor(text)
    var table: [Step] = []
    while cursor.skipBlank() {
      if cursor.byte == UInt8(ascii: "[") {
        table = heading()
      } else {
        pair(in: table)
      }
    }
  }

  /// The place of a value: its key's, or its own in an array.
  subscript(path: [Step]) -> Place? { places[path] }

  /// The path as messages write it: `model.widths[1]`.
  static func name(of path: [Step]) -> String {
    path.reduce(into: "") { name, step in
      switch step {
      case .key(let key): name += name.isEmpty ? key : ".\(key)"
      case .element(let index): name += "[\(index)]"
      }
    }
  }

  /// Steps over `[a.b]` or `[[a.b]]`; returns the path of the table that begins.
  private mutating func heading() -> [Step] {
    let place = cursor.place
    cursor.advance()
    let isArray = cursor.byte == UInt8(ascii: "[")
    if isArray { cursor.advance() }
    let keys = cursor.dottedKey()
    cursor.advance(isArray ? 2 : 1)

    var path: [Step] = []
    for key in keys.dropLast() {
      path.append(.key(key))
      note(path, place)
      // A heading below an array of tables means its latest table.
      if let count = tableCounts[path] { path.append(.element(count - 1)) }
    }
    if let last = keys.last { path.append(.key(last)) }
    if isArray {
      note(path, place)
      let count = tableCounts[path, default: 0]
      tableCounts[path] = count + 1
      path.append(.element(count))
    }
    // `[a]` may follow `[a.b]`, which has only implied it.
    places[path] = place
    return path
  }

  /// Steps over `a.b = value`.
  private mutating func pair(in table: [Step]) {
    let place = cursor.place
    var path = table
    for key in cursor.dottedKey() {
      path.append(.key(key))
      note(path, place)
    }
    cursor.advance()  // =
    cursor.skipSpaces()
    value(path)
  }

  private mutating func value(_ path: [Step]) {
    switch cursor.byte {
    case UInt8(ascii: "\""), UInt8(ascii: "'"):
      cursor.skipString()
    case UInt8(ascii: "["):
      cursor.advance()
      array(path)
    case UInt8(ascii: "{"):
      cursor.advance()
      inlineTable(path)
    default:
      cursor.skipScalar()
    }
  }

  private mutating func array(_ path: [Step]) {
    var index = 0
    while cursor.skipBlank(), cursor.byte != UInt8(ascii: "]") {
      if cursor.byte == UInt8(ascii: ",") {
        cursor.advance()
        index += 1
      } else {
        let element = path + [.element(index)]
        note(element, cursor.place)
        value(element)
      }
    }
    cursor.advance()
  }

  private mutating func inlineTable(_ path: [Step]) {
    while cursor.skipBlank(), cursor.byte != UInt8(ascii: "}") {
      if cursor.byte == UInt8(ascii: ",") {
        cursor.advance()
      } else {
        pair(in: path)
      }
    }
    cursor.advance()
  }

  /// The first mention of a path is its place.
  private mutating func note(_ path: [Step], _ place: Place) {
    if places[path] == nil { places[path] = place }
  }
}
