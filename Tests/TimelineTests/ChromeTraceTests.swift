import Foundation
import Testing
import Timeline

private typealias Lines = TestTimelines

@Suite struct ChromeTraceTests {
  static let spans =
    [
      Span(
        Row(process: "device 0/2[1]", thread: "compute queue"), .compute, "grains 0..<8",
        start: 0.000_000_123, end: 1.25, step: 3,
        notes: ["kernel": "a \"quoted\" \\ name\n\u{1}\u{7F}", "Größe": "8 → 16"]),
      Span(.host("scheduler"), .decision, "split 5:3", start: 2, end: 2, step: 4),
      Span(.host("scheduler"), .fault, "device 1 joined", start: 3, end: 3),
    ] + Lines.oneDevice(step: 7, begin: 86_400_000)

  /// Equal, but for the nanosecond that the format rounds to.
  static func expectEqual(
    _ found: [Span], _ expected: [Span], sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(found.count == expected.count, sourceLocation: sourceLocation)
    for (found, expected) in zip(found, expected.sorted { $0.start < $1.start }) {
      let same = Span(
        found.row, found.activity, found.name, start: expected.start, end: expected.end,
        step: found.step, notes: found.notes)
      #expect(same == expected, sourceLocation: sourceLocation)
      #expect(abs(found.start - expected.start) < 2e-9, sourceLocation: sourceLocation)
      #expect(abs(found.end - expected.end) < 2e-9, sourceLocation: sourceLocation)
    }
  }

  @Test("what is encoded is decoded, also with characters that JSON escapes and a day of time")
  func roundTrip() throws {
    Self.expectEqual(try ChromeTrace.decode(ChromeTrace.encode(Self.spans)), Self.spans)
  }

  @Test("events are as the format's description has them")
  func events() throws {
    let data = ChromeTrace.encode(Self.spans)
    let events = try #require(JSONSerialization.jsonObject(with: data) as? [[String: Any]])
    let first = try #require(events.first { $0["ph"] as? String == "X" })
    #expect(first["cat"] as? String == "compute")
    #expect(first["ts"] as? Double == 0.123)
    #expect(first["dur"] as? Double == 1_249_999.877)
    #expect((first["args"] as? [String: Any])?["step"] as? Int == 3)
    let names = events.filter { $0["ph"] as? String == "M" }.compactMap {
      ($0["args"] as? [String: Any])?["name"] as? String
    }
    #expect(
      Set(names) == [
        "device 0/2[1]", "compute queue", "host", "scheduler", "device 0", "transfer queue",
        "reducer",
      ])
    #expect(events.count { $0["ph"] as? String == "i" } == 3)
    // A line of its own for every event, and the brackets.
    #expect(String(decoding: data, as: UTF8.self).split(separator: "\n").count == events.count + 2)
  }

  @Test("the object form, events in any order, and numbers or texts as ids are read")
  func objectForm() throws {
    let text = """
      {"displayTimeUnit": "ms", "traceEvents": [
        {"name": "bucket 1", "cat": "upload", "ph": "X", "ts": 5, "dur": 2.5, "pid": "p", "tid": 4},
        {"name": "counter", "ph": "C", "ts": 1, "pid": 1, "tid": 1, "args": {"value": 3}},
        {"name": "x", "cat": "v8,gc", "ph": "X", "ts": 1, "dur": 1, "pid": 1, "tid": 1},
        {"name": "process_name", "ph": "M", "pid": "p", "args": {"name": "device 9"}},
        {"name": "thread_name", "ph": "M", "pid": "p", "tid": 4, "args": {"name": "queue"}}
      ]}
      """
    let spans = try ChromeTrace.decode(Data(text.utf8))
    #expect(spans.count == 1)
    #expect(spans.first?.row == Row(process: "device 9", thread: "queue"))
    #expect(spans.first?.step == Span.noStep)
  }

  @Test("an array that was cut anywhere keeps its whole events")
  func cut() throws {
    let data = ChromeTrace.encode(Self.spans)
    let events = String(decoding: data, as: UTF8.self).split(separator: "\n")
    // Two brackets, and the three metadata events before the first span.
    for length in stride(from: data.count - 1, to: 700, by: -1) {
      let spans = try ChromeTrace.decode(data.prefix(length))
      #expect(spans.count >= 1 && spans.count <= events.count)
    }
    #expect(try ChromeTrace.decode(data.dropLast(3)).count == Self.spans.count)
    #expect(try ChromeTrace.decode(data.dropLast(4)).count == Self.spans.count - 1)
  }

  @Test(
    "a file that is no trace is refused with what it is and what to do",
    arguments: [
      ("", "empty"), ("  \n", "empty"), ("loss 0.5", "neither"), ("{\"a\": 1}", "traceEvents"),
      ("[1, 2]", "not a trace"), ("\"text\"", "not a trace"), ("[{\"a\": ", "damaged"),
      ("{\"traceEvents\": [", "damaged"), ("{\"traceEvents\": 3}", "not a trace"),
      ("[]", "no step"), ("[", "no step"), ("[{\"ph\": \"X\"}]", "none of its 1 events"),
      ("[{\"ph\": \"X\", \"cat\": \"gpu\", \"ts\": 1, \"pid\": 1, \"tid\": 1}]", "none of its 1"),
      ("\u{0}\u{1}\u{2}PNG", "neither"),
    ])
  func foreign(_ text: String, _ words: String) {
    let error = #expect(throws: TimelineError.self) {
      _ = try ChromeTrace.decode(Data(text.utf8))
    }
    #expect(error?.description.contains(words) == true, "\(error?.description ?? "none")")
    #expect(error?.description.contains(";") == true)
  }

  @Test("values of the wrong type are passed over, not crashed on")
  func wrongTypes() throws {
    let text = """
      [{"name": 3, "cat": "compute", "ph": "X", "ts": 1e300, "dur": -5, "pid": 1, "tid": 1},
       {"name": "a", "cat": "compute", "ph": "X", "ts": "1", "dur": 1, "pid": 1, "tid": 1},
       {"name": "a", "cat": "compute", "ph": "X", "ts": 1, "dur": 1, "pid": 1.5, "tid": 1},
       {"name": "a", "cat": "compute", "ph": "X", "ts": 1, "dur": 1, "pid": 1, "tid": 1,
        "args": {"step": 1e30, "other": [1]}},
       {"name": "a", "cat": "compute", "ph": "X", "ts": 1, "dur": 1e300, "pid": 1, "tid": 1,
        "args": {"step": 0}}]
      """
    let spans = try ChromeTrace.decode(Data(text.utf8))
    #expect(spans.count == 3)
    // Whatever the times are, nothing traps.
    _ = try OverlapReport(spans)
    _ = try Drawing(spans).svg
    _ = ChromeTrace.encode(spans)
  }
}
