import FoundationEssentials

/// The formats of recipe files.
public enum RecipeFormat: String, Sendable, CaseIterable {
  /// `.toml`
  case toml
  /// `.yaml` or `.yml`
  case yaml

  /// The format that a file's name ends in.
  public init(path: String) throws(RecipeError) {
    let name = path.split(separator: "/").last ?? ""
    let suffix = name.contains(".") ? name.split(separator: ".").last.map(String.init) ?? "" : ""
    switch suffix.lowercased() {
    case "toml": self = .toml
    case "yaml", "yml": self = .yaml
    default:
      throw RecipeError(
        RecipeLocation(file: path), "the name of a recipe ends in .toml, .yaml or .yml")
    }
  }
}

/// The text of a recipe as its author wrote it.
public struct RecipeText: Sendable, Hashable {
  /// The text.
  public let text: String
  /// What it is written in.
  public let format: RecipeFormat
  /// The file's name in messages.
  public let file: String

  /// A text that is no file; `file` is its name in messages.
  public init(_ text: String, format: RecipeFormat, file: String) {
    self.text = text
    self.format = format
    self.file = file
  }

  /// Reads a file of either format.
  public init(contentsOf path: String) throws(RecipeError) {
    format = try RecipeFormat(path: path)
    let location = RecipeLocation(file: path)
    let files = FileManager.default
    guard files.fileExists(atPath: path) else {
      throw RecipeError(location, "there is no such file")
    }
    guard let data = files.contents(atPath: path) else {
      throw RecipeError(location, "it cannot be read as a file")
    }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw RecipeError(location, "it is not text in UTF-8")
    }
    self.text = text
    file = path
  }
}

extension RecipeTable {
  /// Reads a file of either format.
  public init(contentsOf path: String) throws(RecipeError) {
    try self.init(RecipeText(contentsOf: path))
  }

  /// Parses a recipe.
  public init(_ text: RecipeText) throws(RecipeError) {
    try self.init(text: text.text, format: text.format, file: text.file)
  }

  /// Parses a text; `file` is its name in messages.
  public init(text: String, format: RecipeFormat, file: String) throws(RecipeError) {
    // The TOML library takes a C string and would quietly stop at a zero byte.
    if let zero = text.utf8.firstIndex(of: 0) {
      let line = text.utf8[..<zero].count { $0 == UInt8(ascii: "\n") } + 1
      throw RecipeError(RecipeLocation(file: file, line: line), "there is a zero byte in the text")
    }
    switch format {
    case .toml: self = try TOMLDocument(text, file: file).table()
    case .yaml: self = try YAMLDocument(text, file: file).table()
    }
  }
}
