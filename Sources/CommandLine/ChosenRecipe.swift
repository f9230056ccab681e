import Chorus
import RecipeFiles

/// The recipe of a run: its text, what the command line changes in it, and what both mean.
struct ChosenRecipe {
  /// The file's name without its ending, for folders and tables.
  let name: String
  /// The recipe as its author wrote it.
  let text: RecipeText
  /// Whether it is embedded in the program.
  let isBuiltIn: Bool
  private(set) var recipe: Recipe
  /// The options that changed the recipe, as `chorus train` takes them again.
  private(set) var arguments: [String] = []

  /// A file, or a recipe that is built in.
  ///
  /// - Parameters:
  ///   - argument: A path, or a name such as `lenet`.
  ///   - overrides: What to change, in this order.
  ///   - origin: Name and file for reports, where the file is a run's copy of another one.
  /// - Throws: `RecipeError`, or a usage failure for a name that no recipe has.
  init(
    _ argument: String, overrides: [RecipeOverride] = [],
    reportedAs origin: (name: String, file: String)? = nil
  ) throws {
    if let origin {
      let copy = try RecipeText(contentsOf: argument)
      name = origin.name
      text = RecipeText(copy.text, format: copy.format, file: origin.file)
      isBuiltIn = false
    } else if let builtIn = BuiltInRecipe(named: argument) {
      name = builtIn.name
      text = RecipeText(
        builtIn.text, format: try RecipeFormat(path: builtIn.file), file: "recipes/\(builtIn.file)")
      isBuiltIn = true
    } else {
      guard argument.contains(where: { $0 == "." || $0 == "/" }) else {
        throw Self.unknown(argument)
      }
      text = try RecipeText(contentsOf: argument)
      name = argument.split(separator: "/").last.map { String($0.prefix { $0 != "." }) } ?? "run"
      isBuiltIn = false
    }
    var table = try RecipeTable(text)
    for override in overrides { try table.apply(override) }
    recipe = try Recipe(table)
    arguments = overrides.flatMap { ["--set", $0.argument] }
  }

  /// The recipe of the options of `chorus train`.
  init(_ options: TrainOptions) throws {
    let argument = options.recipe ?? options.model ?? "lenet"
    var overrides = try options.overrides()
    // The grain of the recipe may be larger than a batch that is asked for.
    if let batch = options.batch, batch > 0, !overrides.contains(where: { $0.path.last == "grain" })
    {
      let grain = try Self(argument).recipe.training.grain
      if batch < grain {
        overrides.append(
          RecipeOverride("training.grain", .integer(batch), option: "--batch \(batch)"))
      }
    }
    let isSmall = ["perceptron", "lenet"].contains(BuiltInRecipe(named: argument)?.name)
    if options.data != nil, isSmall,
      !overrides.contains(where: { ["epochs", "steps"].contains($0.path.last) })
    {
      overrides.append(RecipeOverride("training.epochs", .integer(10), option: "--data"))
    }
    try self.init(argument, overrides: overrides)
    if let path = options.data { use(dataAt: path) }
  }

  /// Trains on the user's files in the place of the recipe's data, and keeps what is done with them.
  mutating func use(dataAt path: String) {
    if case .gpt = recipe.model.architecture {
      recipe.data.source = .text(path: path)
    } else {
      recipe.data.source = .mnist(path: path)
    }
    arguments = ["--data", path] + arguments
  }

  /// Puts noise in the place of data that is not there, for measurements.
  mutating func useSyntheticData() {
    recipe.data.source = .synthetic()
    if case .gpt(var gpt) = recipe.model.architecture {
      // As many as tiny Shakespeare has.
      gpt.vocabulary = gpt.vocabulary ?? 65
      recipe.model.architecture = .gpt(gpt)
    } else {
      recipe.model.classes = recipe.model.classes ?? 10
      recipe.data.image = recipe.data.image ?? ImageSize(height: 28, width: 28, channels: 1)
    }
  }

  /// The recipe's text, with the options that changed it as comments, so that the run can be repeated.
  var record: String {
    let file = "recipe.\(text.format.rawValue)"
    let command = (["chorus", "train", file] + arguments).map(\.shellQuoted).joined(separator: " ")
    return """
      # Recipe of a run of chorus \(ChorusVersion.text); its text is that of \(text.file).
      # The same weights again: \(command)

      """ + text.text
  }

  private static func unknown(_ name: String) -> CommandFailure {
    let names = BuiltInRecipe.all.map(\.name).joined(separator: ", ")
    return .usage(
      "there is no recipe \(name); those built in are \(names) (or mlp, the perceptron),"
        + " others are files that end in .toml or .yaml")
  }
}

extension RecipeOverride {
  /// `key.path=value`, as `--set` takes it.
  fileprivate var argument: String { path.joined(separator: ".") + "=" + value.literal }
}

extension RecipeValue {
  /// The value in TOML.
  fileprivate var literal: String {
    switch content {
    case .string(let text):
      "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
    case .integer(let integer): "\(integer)"
    case .number(let number): "\(number)"
    case .boolean(let boolean): "\(boolean)"
    case .array(let elements): "[\(elements.map(\.literal).joined(separator: ", "))]"
    case .table(let table):
      "{\(table.entries.map { "\($0.key) = \($0.value.literal)" }.joined(separator: ", "))}"
    }
  }
}

extension String {
  /// As a word of a shell's command, on one line.
  fileprivate var shellQuoted: String {
    let plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/=:,+"
    if !isEmpty, allSatisfy({ plain.contains($0) }) { return self }
    return "'" + replacing("'", with: "'\\''").replacing("\n", with: " ") + "'"
  }
}
