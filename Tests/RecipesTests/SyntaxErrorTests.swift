import Recipes
import Testing

@Suite("Errors of the text")
struct SyntaxErrorTests {
  @Test(
    "a text that is not TOML",
    arguments: [
      ("a = 1\nb =\n", "r.toml:2: this is not TOML: expected value, saw the end of the line"),
      ("a = 1\n\na = 2\n", "r.toml:3: this is not TOML: cannot redefine existing integer 'a'"),
      (
        "a = [1,\n 2\nb = 3\n", "r.toml:3: this is not TOML: expected comma or closing ']', saw 'b'"
      ),
      (
        "a = fast\n",
        "r.toml:1: this is not TOML: expected 'false', saw 'fas'; a string is written in quotes"
      ),
      (
        "a = sgd # x\n",
        "r.toml:1: this is not TOML: could not determine value type; a string is written in quotes"
      ),
      (
        "a = imagenet\n",
        "r.toml:1: this is not TOML: expected 'inf', saw 'im'; a string is written in quotes"
      ),
      ("[model\nname = 1\n", "r.toml:1: this is not TOML: expected ']', saw the end of the line"),
      ("a = 2024-01-01\n", "r.toml:1: a is a date or a time; a recipe has none"),
      ("a = 1\nb = \"\u{0}\"", "r.toml:2: there is a zero byte in the text"),
      ("\"a\\u0000b\" = 1", "r.toml: a key cannot contain a zero character"),
    ])
  func toml(text: String, expected: String) {
    #expect(error(text, .toml, "r.toml") == expected)
  }

  @Test(
    "a text that is not YAML, or more YAML than a recipe has",
    arguments: [
      (
        "a: [1, 2\nb: 3\n",
        "r.yaml:2: this is not YAML: while parsing a flow sequence: did not find expected ',' or ']'"
      ),
      (
        "a: 1\n b: 2\n",
        "r.yaml:2: this is not YAML: mapping values are not allowed in this context"
      ),
      (
        "a: 1\n\tb: 2\n",
        "r.yaml:2: this is not YAML: while scanning a plain scalar: found a tab character that violates indentation"
      ),
      (
        "t:\n  a: 1\n  b:\n    a: 2\n  a: 3\n",
        "r.yaml:5: this is not YAML: the key a is given twice"
      ),
      ("t: {a: 1, a: 3}\n", "r.yaml:1: this is not YAML: the key a is given twice"),
      (
        "a: 1\n---\nb: 2\n",
        "r.yaml:2: this is not YAML: expected a single document in the stream: but found another document"
      ),
      ("- 1\n", "r.yaml:1: a recipe begins with a key, as in model:"),
      ("a:\n  b: ~\n", "r.yaml:2: a.b has no value"),
      ("a:\n  - 1\n  -\n", "r.yaml:3: a[1] has no value"),
      ("a: &x 1\nb: *x\n", "r.yaml:1: a recipe has no anchors; write the value where it is used"),
      ("a: *x\n", "r.yaml:1: this is not YAML: found undefined alias"),
      ("a: 1\nb: !!str 2\n", "r.yaml:2: a recipe has no tags; !!str is one"),
      ("a: 1\nb: \u{7}\n", "r.yaml:2: this is not YAML: control characters are not allowed"),
      ("[1, 2]: 3\n", "r.yaml:1: a key must be a word"),
    ])
  func yaml(text: String, expected: String) {
    #expect(error(text, .yaml, "r.yaml") == expected)
  }

  @Test("an empty file lacks its tables")
  func empty() {
    #expect(
      message { try Recipe(text: "", format: .yaml, file: "r.yaml") }
        == "r.yaml: model is missing")
    #expect(
      message { try Recipe(text: "# none", format: .toml, file: "r.toml") }
        == "r.toml: model is missing")
  }

  private func error(_ text: String, _ format: RecipeFormat, _ file: String) -> String? {
    message { try RecipeTable(text: text, format: format, file: file) }
  }
}
