import TOMLKit

/// One `--set key.path=value`.
public struct RecipeOverride: Sendable, Hashable {
  /// The keys from the outermost table inwards.
  public let path: [String]
  /// The value: TOML where it is TOML, else the text as a string.
  public let value: RecipeValue

  /// What an option of the program sets; `option` is the option as it was written, for messages.
  public init(_ path: String, _ value: RecipeValue.Content, option: String) {
    self.path = path.split(separator: ".").map(String.init)
    self.value = RecipeValue(value, at: RecipeLocation(option: option))
  }

  /// Parses the argument after `--set`.
  public init(_ argument: String) throws(RecipeError) {
    let location = RecipeLocation(override: argument)
    guard let equals = argument.firstIndex(of: "=") else {
      throw RecipeError(location, "an override is written as key.path=value")
    }
    path = argument[..<equals].split(separator: ".", omittingEmptySubsequences: false).map {
      String($0.trimmed)
    }
    guard path.allSatisfy({ !$0.isEmpty && !$0.contains(" ") }) else {
      throw RecipeError(location, "an override is written as key.path=value")
    }
    let text = argument[argument.index(after: equals)...].trimmed
    value = Self.parsed(text, at: location)
  }

  private static func parsed(_ text: Substring, at location: RecipeLocation) -> RecipeValue {
    // A line break could begin further keys, and a comment would hide a part of the value.
    guard !text.contains(where: \.isNewline),
      let document = try? TOMLDocument("value = \(text)", file: location.file).table(),
      let value = document["value"]
    else { return RecipeValue(.string(String(text)), at: location) }
    return value.moved(to: location)
  }
}

extension RecipeTable {
  /// Applies overrides in order; a key that the file does not have is added, with the tables on its way.
  public mutating func apply(_ overrides: [String]) throws(RecipeError) {
    for argument in overrides { try apply(RecipeOverride(argument)) }
  }

  /// Applies an override; a key that the table does not have is added, with the tables on its way.
  public mutating func apply(_ override: RecipeOverride) throws(RecipeError) {
    try set(override.path[...], of: override)
  }

  /// Sets what is left of the override's path, from this table inwards.
  private mutating func set(
    _ path: ArraySlice<String>, of override: RecipeOverride
  ) throws(RecipeError) {
    guard let key = path.first else { return }
    guard path.count > 1 else {
      self[key] = override.value
      return
    }
    let location = override.value.location
    let inner = self[key] ?? RecipeValue(.table(RecipeTable(at: location)), at: location)
    guard case .table(var table) = inner.content else {
      let name = override.path[..<path.index(after: path.startIndex)].joined(separator: ".")
      throw RecipeError(location, "\(name) is \(inner), so nothing can be set in it")
    }
    try table.set(path.dropFirst(), of: override)
    self[key] = RecipeValue(.table(table), at: inner.location)
  }
}

extension RecipeValue {
  /// The same value, written elsewhere with all that is in it.
  func moved(to location: RecipeLocation) -> RecipeValue {
    switch content {
    case .array(let elements):
      RecipeValue(.array(elements.map { $0.moved(to: location) }), at: location)
    case .table(let table):
      RecipeValue(
        .table(
          RecipeTable(
            table.entries.map { .init(key: $0.key, value: $0.value.moved(to: location)) },
            at: location)), at: location)
    default:
      RecipeValue(content, at: location)
    }
  }
}

extension Substring {
  /// Without spaces at either end.
  fileprivate var trimmed: Substring {
    let start = drop(while: \.isWhitespace)
    guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return start }
    return start[...last]
  }
}
