import TOMLKit

/// A TOML text as a tree of values: TOMLKit parses it, `TOMLPlaces` finds the lines.
struct TOMLDocument {
  private let root: TOMLTable
  private let file: String
  private let places: TOMLPlaces

  init(_ text: String, file: String) throws(RecipeError) {
    do {
      root = try TOMLTable(string: text)
    } catch let error as TOMLParseError {
      throw RecipeError(
        RecipeLocation(file: file, line: error.source.begin.line),
        "this is not TOML: \(Self.plain(error, in: text))")
    } catch {
      throw RecipeError(RecipeLocation(file: file), "this is not TOML: \(error)")
    }
    self.file = file
    places = TOMLPlaces(of: text)
  }

  /// The tree.
  func table() throws(RecipeError) -> RecipeTable {
    try table(root, path: [], at: RecipeLocation(file: file))
  }

  /// The library's message without the name of its parsing function, and what most likely went wrong.
  private static func plain(_ error: TOMLParseError, in text: String) -> String {
    var message = error.description[...]
    if message.hasPrefix("Error while parsing "), let colon = message.firstIndex(of: ":") {
      message = message[colon...].dropFirst().drop { $0 == " " }
    }
    // The library spells the line break as a backslash and an n.
    let plain = String(message).replacing(#"'\n'"#, with: "the end of the line")
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    let line = error.source.begin.line
    guard lines.indices.contains(line - 1), let equals = lines[line - 1].firstIndex(of: "="),
      let first = lines[line - 1][equals...].dropFirst().first(where: { $0 != " " }), first.isLetter
    else { return plain }
    return "\(plain); a string is written in quotes"
  }

  private func table(
    _ table: TOMLTable, path: [TOMLPlaces.Step], at location: RecipeLocation
  ) throws(RecipeError) -> RecipeTable {
    var entries: [RecipeTable.Entry] = []
    for key in table.keys {
      // A key with an escaped zero character is cut on its way through C, and then not found.
      guard let value = table[key] else {
        throw RecipeError(location, "a key cannot contain a zero character")
      }
      entries.append(
        .init(key: key, value: try self.value(value, path + [.key(key)], in: location)))
    }
    // The library sorts keys by name.
    entries.sort { left, right in
      let (first, second) = (left.value.location, right.value.location)
      return (first.line ?? 0, first.column ?? 0) < (second.line ?? 0, second.column ?? 0)
    }
    return RecipeTable(entries, at: location)
  }

  private func value(
    _ value: any TOMLValueConvertible, _ path: [TOMLPlaces.Step], in parent: RecipeLocation
  ) throws(RecipeError) -> RecipeValue {
    let place = places[path]
    let location =
      place.map { RecipeLocation(file: file, line: $0.line, column: $0.column) } ?? parent
    if let table = value.table {
      return RecipeValue(.table(try self.table(table, path: path, at: location)), at: location)
    }
    if let array = value.array {
      var elements: [RecipeValue] = []
      for (index, element) in array.enumerated() {
        elements.append(try self.value(element, path + [.element(index)], in: location))
      }
      return RecipeValue(.array(elements), at: location)
    }
    if let string = value.string { return RecipeValue(.string(string), at: location) }
    if let integer = value.int { return RecipeValue(.integer(integer), at: location) }
    if let number = value.double { return RecipeValue(.number(number), at: location) }
    if let boolean = value.bool { return RecipeValue(.boolean(boolean), at: location) }
    throw RecipeError(
      location, "\(TOMLPlaces.name(of: path)) is a date or a time; a recipe has none")
  }
}
