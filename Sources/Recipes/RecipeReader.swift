/// Reads a table key by key, checks each value, and knows at the end which keys nobody asked for.
///
/// Not Sendable: a reader belongs to the function that reads.
public final class RecipeReader {
  /// The table that is read.
  public let table: RecipeTable
  /// Where the table is in the recipe, as in `optimizer`; empty for the outermost.
  public let path: String
  /// The keys asked for, in that order.
  public private(set) var knownKeys: [String] = []
  private var children: [RecipeReader] = []
  /// Keys of the file that an override of another key made meaningless.
  private var pointlessKeys: Set<String> = []

  /// A reader of a table; `path` names it in messages.
  public init(_ table: RecipeTable, path: String = "") {
    self.table = table
    self.path = path
  }

  /// Takes a key for one that means nothing any more.
  func ignore(_ key: String) { pointlessKeys.insert(key) }

  /// The value of a key, if it is there.
  public func valueIfPresent(_ key: String) -> RecipeValue? {
    if !knownKeys.contains(key) { knownKeys.append(key) }
    return table[key]
  }

  /// The value of a key that must be there.
  public func value(_ key: String) throws(RecipeError) -> RecipeValue {
    if let value = valueIfPresent(key) { return value }
    // A misspelt key is told as such, not as a missing one.
    let strangers = table.entries.filter { !knownKeys.contains($0.key) }
    if let stranger = NearestName.match(key, in: strangers.map(\.key)), let value = table[stranger]
    {
      throw RecipeError(
        value.location, "\(name(of: stranger)) is not a known key; did you mean \(key)?")
    }
    throw missing(key)
  }

  /// A table that must be there.
  public func table(_ key: String) throws(RecipeError) -> RecipeReader {
    let value = try self.value(key)
    guard case .table(let table) = value.content else {
      throw mismatch(value, name(of: key), "a table")
    }
    let reader = RecipeReader(table, path: name(of: key))
    children.append(reader)
    return reader
  }

  /// A table that may be left out: then the reader finds nothing in it.
  public func tableIfPresent(_ key: String) throws(RecipeError) -> RecipeReader {
    guard valueIfPresent(key) == nil else { return try table(key) }
    return RecipeReader(RecipeTable(at: table.location), path: name(of: key))
  }

  /// Throws for the first key that nobody asked for, here or in the tables that were read.
  public func finish() throws(RecipeError) {
    if let entry = table.entries.first(where: {
      !knownKeys.contains($0.key) && !pointlessKeys.contains($0.key)
    }) {
      let problem = "\(name(of: entry.key)) is not a known key"
      if let near = NearestName.match(entry.key, in: knownKeys) {
        throw RecipeError(entry.value.location, "\(problem); did you mean \(near)?")
      }
      let owner = path.isEmpty ? "a recipe" : "[\(path)]"
      throw RecipeError(
        entry.value.location,
        "\(problem); the keys of \(owner) are \(knownKeys.joined(separator: ", "))")
    }
    for child in children { try child.finish() }
  }

  /// The key with the tables it is in.
  public func name(of key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  /// An error that begins with the key's name, at the key's place or, where it is left out, its table's.
  public func error(at key: String, _ problem: String) -> RecipeError {
    RecipeError(table[key]?.location ?? table.location, "\(name(of: key)) \(problem)")
  }

  /// The error of a key that must be there.
  func missing(_ key: String) -> RecipeError {
    RecipeError(
      table.location,
      path.isEmpty ? "\(key) is missing" : "\(key) is missing from [\(path)]")
  }

  /// The error of a value of another kind.
  func mismatch(_ value: RecipeValue, _ name: String, _ expected: String) -> RecipeError {
    RecipeError(value.location, "\(name) must be \(expected), but it is \(value)")
  }
}
