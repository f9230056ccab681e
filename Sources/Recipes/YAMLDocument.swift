import Yams

/// A YAML text as a tree of values; Yams parses it and knows the places.
///
/// Plain scalars are read by YAML 1.2's core schema: `no` and `on` are strings, `010` is ten.
struct YAMLDocument {
  private let root: Node?
  private let file: String
  /// Nodes refer to their anchors weakly; the parser owns them.
  private let parser: Parser

  init(_ text: String, file: String) throws(RecipeError) {
    do {
      // A rule that every text matches leaves plain scalars as they are written.
      parser = try Parser(yaml: text, resolver: .basic.appending(.implicit, "^"))
      root = try parser.singleRoot()
    } catch let error as YamlError {
      throw error.recipeError(file: file)
    } catch {
      throw RecipeError(RecipeLocation(file: file), "this is not YAML: \(error)")
    }
    self.file = file
  }

  /// The tree.
  func table() throws(RecipeError) -> RecipeTable {
    let location = RecipeLocation(file: file)
    return try withExtendedLifetime(parser) { () throws(RecipeError) -> RecipeTable in
      switch root {
      case nil: return RecipeTable(at: location)
      case .mapping(let mapping): return try table(mapping, path: "", at: location)
      case .some(let node):
        throw RecipeError(self.location(node), "a recipe begins with a key, as in model:")
      }
    }
  }

  private func location(_ node: Node) -> RecipeLocation {
    RecipeLocation(file: file, line: node.mark?.line, column: node.mark?.column)
  }

  private func table(
    _ mapping: Node.Mapping, path: String, at location: RecipeLocation
  ) throws(RecipeError) -> RecipeTable {
    var table = RecipeTable(at: location)
    for (key, value) in mapping {
      guard case .scalar(let scalar) = key else {
        throw RecipeError(self.location(key), "a key must be a word")
      }
      let name = path.isEmpty ? scalar.string : "\(path).\(scalar.string)"
      table[scalar.string] = try self.value(value, path: name, at: self.location(key))
    }
    return table
  }

  private func value(
    _ node: Node, path: String, at location: RecipeLocation
  ) throws(RecipeError) -> RecipeValue {
    // Thus a value has one place, and no file can unfold into a larger one.
    guard node.anchor == nil else {
      throw RecipeError(
        self.location(node), "a recipe has no anchors; write the value where it is used")
    }
    switch node {
    case .mapping(let mapping):
      return RecipeValue(.table(try table(mapping, path: path, at: location)), at: location)
    case .sequence(let sequence):
      var elements: [RecipeValue] = []
      for (index, element) in sequence.enumerated() {
        elements.append(
          try value(element, path: "\(path)[\(index)]", at: self.location(element)))
      }
      return RecipeValue(.array(elements), at: location)
    case .scalar(let scalar):
      let isPlain = scalar.style == .plain
      let tag = node.tag.description
      guard tag == (isPlain ? Tag.Name.implicit : .str).rawValue else {
        let name = tag.replacing("tag:yaml.org,2002:", with: "!!")
        throw RecipeError(self.location(node), "a recipe has no tags; \(name) is one")
      }
      guard isPlain else { return RecipeValue(.string(scalar.string), at: location) }
      guard let content = Self.plain(scalar.string) else {
        throw RecipeError(location, "\(path) has no value")
      }
      return RecipeValue(content, at: location)
    case .alias:
      throw RecipeError(self.location(node), "a recipe has no aliases")
    }
  }

  /// A plain scalar by the core schema; nil for null.
  private static func plain(_ text: String) -> RecipeValue.Content? {
    switch text {
    case "", "~", "null", "Null", "NULL": return nil
    case "true", "True", "TRUE": return .boolean(true)
    case "false", "False", "FALSE": return .boolean(false)
    case ".nan", ".NaN", ".NAN": return .number(.nan)
    default: break
    }
    if let integer = Int(text) { return .integer(integer) }
    for (prefix, radix) in [("0x", 16), ("0o", 8)] where text.hasPrefix(prefix) {
      if let integer = Int(text.dropFirst(2), radix: radix) { return .integer(integer) }
    }
    let magnitude = text.first == "-" || text.first == "+" ? text.dropFirst() : text[...]
    if [".inf", ".Inf", ".INF"].contains(magnitude) {
      return .number(text.first == "-" ? -.infinity : .infinity)
    }
    // `Double` takes more than YAML: hexadecimal digits, `nan`, `infinity`.
    if magnitude.utf8.contains(where: { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }),
      magnitude.utf8.allSatisfy({ "0123456789.eE+-".utf8.contains($0) }),
      let number = Double(magnitude.first == "." ? "0\(magnitude)" : "\(magnitude)")
    {
      return .number(text.first == "-" ? -number : number)
    }
    return .string(text)
  }
}
