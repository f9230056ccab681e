/// A value of a recipe file and the place where it was written.
public struct RecipeValue: Sendable, Hashable {
  /// The kinds of values; the file formats have more, and a recipe with those is refused.
  public enum Content: Sendable, Hashable {
    /// Text.
    case string(String)
    /// A whole number; good for a number too.
    case integer(Int)
    /// A number with a point or an exponent.
    case number(Double)
    /// True or false.
    case boolean(Bool)
    /// Values in order.
    case array([RecipeValue])
    /// Values by name.
    case table(RecipeTable)
  }

  /// The value itself.
  public var content: Content
  /// The place of its key, or of the element in an array.
  public var location: RecipeLocation

  /// A value and its place.
  public init(_ content: Content, at location: RecipeLocation) {
    self.content = content
    self.location = location
  }
}

extension RecipeValue: CustomStringConvertible {
  /// The kind and the value, as messages name it: `the string "fast"`.
  public var description: String {
    switch content {
    case .string(let text): "the string \"\(text)\""
    case .integer(let integer): "the integer \(integer)"
    case .number(let number): "the number \(number)"
    case .boolean(let boolean): "the boolean \(boolean)"
    case .array(let elements): "an array of \(elements.count)"
    case .table: "a table"
    }
  }
}

/// Keys and values in the order of the file.
public struct RecipeTable: Sendable, Hashable {
  /// A key and its value, which knows the key's place.
  public struct Entry: Sendable, Hashable {
    /// The name.
    public let key: String
    /// What was written for it.
    public var value: RecipeValue
  }

  /// The entries in the order of the file; overrides of new keys come last.
  public private(set) var entries: [Entry]
  /// The place of the table's heading; the whole file for the outermost table.
  public let location: RecipeLocation

  /// A table; keys must differ.
  public init(_ entries: [Entry] = [], at location: RecipeLocation) {
    self.entries = entries
    self.location = location
  }

  /// The value of a key; setting nil leaves the table as it is.
  public subscript(key: String) -> RecipeValue? {
    get { entries.first { $0.key == key }?.value }
    set {
      guard let newValue else { return }
      if let index = entries.firstIndex(where: { $0.key == key }) {
        entries[index].value = newValue
      } else {
        entries.append(Entry(key: key, value: newValue))
      }
    }
  }
}
