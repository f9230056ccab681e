/// A choice that decides which other keys of its table mean anything, such as the optimizer's name.
public protocol RecipeKind: CaseIterable, RawRepresentable<String>, Sendable {
  /// The keys that this kind reads and another kind does not.
  var options: [String] { get }
}

extension RecipeReader {
  /// One of the cases of an enumeration.
  public func choice<Choice: CaseIterable & RawRepresentable<String>>(
    _ key: String, of type: Choice.Type = Choice.self
  ) throws(RecipeError) -> Choice {
    let text = try string(key)
    if let choice = Choice(rawValue: text) { return choice }
    let names = Choice.allCases.map(\.rawValue)
    let hint = NearestName.match(text, in: names).map { "; did you mean \($0)?" } ?? ""
    throw error(
      at: key, "is \"\(text)\", which is none of \(names.joined(separator: ", "))\(hint)")
  }

  /// One of the cases of an enumeration, or the default.
  public func choice<Choice: CaseIterable & RawRepresentable<String>>(
    _ key: String, of type: Choice.Type = Choice.self, default value: Choice
  ) throws(RecipeError) -> Choice {
    valueIfPresent(key) == nil ? value : try choice(key)
  }

  /// The choice that the other keys depend on; throws for keys that belong to other kinds.
  ///
  /// Where an override made the choice, the file's keys for the kind that it had mean nothing and are no error.
  public func kind<Kind: RecipeKind>(
    _ key: String, of type: Kind.Type = Kind.self, default value: Kind? = nil
  ) throws(RecipeError) -> Kind {
    let kind = if let value { try choice(key, default: value) } else { try choice(key, of: type) }
    for entry in table.entries where !kind.options.contains(entry.key) {
      let owners = Kind.allCases.filter { $0.options.contains(entry.key) }.map(\.rawValue)
      if !owners.isEmpty, table[key]?.location.isOverride == true,
        !entry.value.location.isOverride
      {
        ignore(entry.key)
        continue
      }
      guard owners.isEmpty else {
        throw error(
          at: entry.key,
          "is not used by \(kind.rawValue), only by \(owners.joined(separator: ", "))")
      }
    }
    return kind
  }
}
