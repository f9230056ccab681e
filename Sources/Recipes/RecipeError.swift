/// Where a key or a value of a recipe was written.
public struct RecipeLocation: Sendable, Hashable {
  /// The file, or the whole `--set` argument.
  public let file: String
  /// The line, from 1; nil for an argument and for a file as a whole.
  public let line: Int?
  /// The column in Unicode scalars, from 1; nil where the line is.
  public let column: Int?
  /// Whether the command line wrote it.
  public let isOverride: Bool

  /// A place in a file, or the file as a whole.
  public init(file: String, line: Int? = nil, column: Int? = nil) {
    self.file = file
    self.line = line
    self.column = column
    isOverride = false
  }

  /// An argument of `--set`, shown as it was written.
  public init(override argument: String) { self.init(option: "--set \(argument)") }

  /// An option of the program, shown as it was written: `--batch 100`.
  public init(option: String) {
    file = option
    line = nil
    column = nil
    isOverride = true
  }
}

extension RecipeLocation: CustomStringConvertible {
  /// `file:line`, without the line where there is none.
  public var description: String { line.map { "\(file):\($0)" } ?? file }
}

/// What is wrong with a recipe, and where: a user's mistake, told so that it can be mended.
public struct RecipeError: Error, Hashable {
  /// The file, or the whole `--set` argument.
  public let file: String
  /// The line, from 1.
  public let line: Int?
  /// One sentence without a full stop.
  public let message: String

  /// A problem at a place.
  public init(_ location: RecipeLocation, _ message: String) {
    file = location.file
    line = location.line
    self.message = message
  }
}

extension RecipeError: CustomStringConvertible {
  /// `file:line: message`, the form that editors jump to.
  public var description: String {
    line.map { "\(file):\($0): \(message)" } ?? "\(file): \(message)"
  }
}
