import Recipes

/// The message of the error that the closure throws; nil where it throws none.
func message(_ body: () throws -> some Any) -> String? {
  do {
    _ = try body()
    return nil
  } catch {
    return "\(error)"
  }
}

/// A complete recipe of five tables, of which a test replaces some.
struct TestRecipe {
  var model = #"name = "lenet""#
  var data = #"source = "digits""#
  var optimizer = #"name = "sgd"\#nlearning_rate = 0.1"#
  var schedule: String?
  var loss: String?
  var training = "batch = 32\ngrain = 4\nsteps = 100"

  /// The tables on fixed lines: [model] on 1, [data] on 21, [optimizer] on 41, and so on.
  var text: String {
    var lines: [Substring] = []
    let tables = [
      ("model", model), ("data", data), ("optimizer", optimizer), ("schedule", schedule),
      ("loss", loss), ("training", training),
    ]
    for (index, (name, body)) in tables.enumerated() {
      lines += Array(repeating: "", count: index * 20 - lines.count)
      if let body { lines += ["[\(name)]"] + body.split(separator: "\n") }
    }
    return lines.joined(separator: "\n")
  }

  func read(_ overrides: String...) throws -> Recipe {
    try Recipe(text: text, format: .toml, file: "r.toml", overrides: overrides)
  }

  func error(_ overrides: String...) -> String? {
    message { try Recipe(text: text, format: .toml, file: "r.toml", overrides: overrides) }
  }
}
