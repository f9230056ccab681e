import Yams

extension YamlError {
  /// The library's error as the recipe's.
  func recipeError(file: String) -> RecipeError {
    func error(_ line: Int?, _ message: String) -> RecipeError {
      RecipeError(RecipeLocation(file: file, line: line), "this is not YAML: \(message)")
    }
    switch self {
    case .scanner(let context, let problem, let mark, _),
      .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      let text = context.map { "\($0.text): \(problem)" } ?? problem
      return error(mark.line, text)
    case .reader(let problem, let offset, _, let yaml):
      let line = offset.map { yaml.prefix($0).count(where: \.isNewline) + 1 }
      return error(line, problem)
    case .duplicatedKeysInMapping(let duplicates, let context):
      let key = duplicates.first ?? ""
      // The library gives the place of the first of them, and the whole text.
      let line = Self.lineOfSecond(key, after: context.mark, in: context.text)
      return error(line, "the key \(key) is given twice")
    default:
      return error(nil, "\(self)")
    }
  }

  /// The next line that begins with the key in the same column; the first key's line where none does.
  private static func lineOfSecond(_ key: String, after mark: Mark, in text: String) -> Int {
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    let indentation = String(repeating: " ", count: mark.column - 1)
    let starts = ["\(key):", "\"\(key)\":", "'\(key)':"].map { indentation + $0 }
    let second = lines.indices.dropFirst(mark.line).first { index in
      starts.contains { lines[index].hasPrefix($0) }
    }
    return second.map { $0 + 1 } ?? mark.line
  }
}
