import Recipes
import Testing

@Suite("Places of keys and values")
struct PlaceTests {
  @Test("TOML: plain and dotted keys, inline tables, arrays and arrays of tables")
  func toml() throws {
    let table = try RecipeTable(
      text: #"""
        # = [not.a.table]
        plain = 1
        dotted.inner = 2
        inline = { first = 1, "second key" = [3, { deep = 4 }] }
        array = [
          10,  # ten, [eleven]
          "a ] b # c", 'd " e',
          [12,
           13],
        ]
        text = """
        plain = 99 \"""
        [later]
        """""
        literal = '''
        other = 1
        '''

        [later.deeper]
        plain = 1979-05-27
        ä = 1; 
        """#.replacing(" = 1979-05-27", with: " = -1.5").replacing("ä = 1; ", with: "\"ä\" = 0x1F"),
      format: .toml, file: "t.toml")
    #expect(
      places(table) == [
        "plain 2:1", "dotted 3:1", "dotted.inner 3:1", "inline 4:1", "inline.first 4:12",
        "inline.second key 4:23", "inline.second key[0] 4:39", "inline.second key[1] 4:42",
        "inline.second key[1].deep 4:44", "array 5:1", "array[0] 6:3", "array[1] 7:3",
        "array[2] 7:16", "array[3] 8:3", "array[3][0] 8:4", "array[3][1] 9:4", "text 11:1",
        "literal 15:1", "later 19:1", "later.deeper 19:1", "later.deeper.plain 20:1",
        "later.deeper.ä 21:1",
      ])
  }

  @Test("TOML: headings of arrays of tables, and of a table that others implied")
  func headings() throws {
    let table = try RecipeTable(
      text: """
        [[run]]
        a = 1
        [run.sub]
        b = 2
        [[run]]
        [run.sub]
        b = 3
        [x.y]
        [x]
        z.'q.r' = "\\u00e9"
        """, format: .toml, file: "t.toml")
    #expect(
      places(table) == [
        "run 1:1", "run[0] 1:1", "run[0].a 2:1", "run[0].sub 3:1", "run[0].sub.b 4:1",
        "run[1] 5:1", "run[1].sub 6:1", "run[1].sub.b 7:1", "x 9:1", "x.y 8:1", "x.z 10:1",
        "x.z.q.r 10:1",
      ])
  }

  @Test("TOML: a byte order mark and Windows line ends move nothing")
  func lineEnds() throws {
    let table = try RecipeTable(
      text: "\u{FEFF}# c\r\na = [\r\n  1,\r\n]\r\n[t]\r\nb = 2\r\n", format: .toml, file: "t.toml")
    #expect(places(table) == ["a 2:1", "a[0] 3:3", "t 5:1", "t.b 6:1"])
  }

  @Test("YAML: block and flow, keys above their values")
  func yaml() throws {
    let table = try RecipeTable(
      text: """
        # comment
        plain: 1
        nested:
          deeper:
            inner: no
        flow: {first: 1, second: [3, {deep: 4}]}
        list:
          - 0o17
          - -1.5e-3
        text: |
          plain: 9
        quoted: "12"
        """, format: .yaml, file: "t.yaml")
    #expect(
      places(table) == [
        "plain 2:1", "nested 3:1", "nested.deeper 4:3", "nested.deeper.inner 5:5", "flow 6:1",
        "flow.first 6:8", "flow.second 6:18", "flow.second[0] 6:27", "flow.second[1] 6:30",
        "flow.second[1].deep 6:31", "list 7:1", "list[0] 8:5", "list[1] 9:5", "text 10:1",
        "quoted 12:1",
      ])
    #expect(table["quoted"]?.content == .string("12"))
    #expect(table["list"].map { "\($0)" } == "an array of 2")
    guard case .array(let list) = table["list"]?.content else { return }
    #expect(list.map(\.content) == [.integer(15), .number(-1.5e-3)])
  }

  @Test(
    "YAML's plain scalars are those of its core schema",
    arguments: [
      ("5e-4", RecipeValue.Content.number(5e-4)), ("010", .integer(10)), ("+3", .integer(3)),
      (".5", .number(0.5)), ("-.5", .number(-0.5)), ("6.", .number(6)), ("0x1F", .integer(31)),
      ("no", .string("no")), ("True", .boolean(true)), ("1_000", .string("1_000")),
      ("-.inf", .number(-.infinity)), ("nan", .string("nan")), ("1:30", .string("1:30")),
      ("e", .string("e")), ("'3'", .string("3")), ("1.2.3", .string("1.2.3")),
    ])
  func scalars(text: String, content: RecipeValue.Content) throws {
    let table = try RecipeTable(text: "key: \(text)", format: .yaml, file: "t.yaml")
    #expect(table["key"]?.content == content)
  }

  /// `path line:column` of every value, in the order of the tables.
  private func places(_ table: RecipeTable, _ prefix: String = "") -> [String] {
    table.entries.flatMap { places($0.value, prefix.isEmpty ? $0.key : "\(prefix).\($0.key)") }
  }

  private func places(_ value: RecipeValue, _ path: String) -> [String] {
    let own = ["\(path) \(value.location.line ?? 0):\(value.location.column ?? 0)"]
    switch value.content {
    case .table(let table): return own + places(table, path)
    case .array(let elements):
      return own + elements.enumerated().flatMap { places($1, "\(path)[\($0)]") }
    default: return own
    }
  }
}
