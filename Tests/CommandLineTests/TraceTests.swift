import Foundation
import Testing

/// `chorus trace`.
@Suite struct TraceTests {
  /// Six steps of 10 ms on two devices. Device 1 computes until 8 and the host's sum ends at 8.5: half a
  /// millisecond is exposed, 5 %.
  private static var timeline: String {
    var events = [
      metadata("process_name", 1, 0, "device 0"), metadata("process_name", 2, 0, "device 1"),
      metadata("process_name", 3, 0, "host"), metadata("thread_name", 1, 1, "compute queue"),
      metadata("thread_name", 2, 2, "compute queue"), metadata("thread_name", 3, 3, "reducer"),
    ]
    for step in 0..<6 {
      let begin = step * 10_000
      for (process, name, category, start, end) in [
        (1, "grains 0..<4", "compute", 0, 4000), (2, "grains 4..<8", "compute", 0, 8000),
        (3, "bucket 0", "reduce", 7500, 8500), (1, "bucket 0", "update", 8500, 10_000),
        (2, "bucket 0", "update", 8500, 10_000),
      ] {
        events.append(
          """
          {"name":"\(name)","cat":"\(category)","ph":"X","ts":\(begin + start),"dur":\(end - start),\
          "pid":\(process),"tid":\(process),"args":{"step":\(step)}}
          """)
      }
    }
    return "[\n" + events.joined(separator: ",\n") + "\n]\n"
  }

  private static func metadata(_ kind: String, _ process: Int, _ thread: Int, _ name: String)
    -> String
  {
    """
    {"name":"\(kind)","ph":"M","pid":\(process),"tid":\(thread),"args":{"name":"\(name)"}}
    """
  }

  private static func write(_ text: String, in scratch: Scratch) throws -> String {
    let file = scratch.file("timeline.json")
    try Data(text.utf8).write(to: URL(fileURLWithPath: file))
    return file
  }

  @Test("a timeline gives a table with known shares, and a picture")
  func table() throws {
    let scratch = try Scratch()
    let file = try Self.write(Self.timeline, in: scratch)
    let run = try Program("trace", file, "--svg", scratch.file("picture.svg"))
    #expect(run.status == 0, "\(run.errors)")
    for text in [
      "steps 1 to 5", "1 before as warm-up", "device 0", "device 1", "10.00",
      "exposed communication: 5.0 % of the step on the device that finishes last",
      "reduce of bucket 0, 0.50 ms per step", "drawn: ",
    ] { #expect(run.output.contains(text), "\(run.output)") }
    let picture = try String(contentsOfFile: scratch.file("picture.svg"), encoding: .utf8)
    for text in ["<svg", "step 2", "step 4", "reducer"] { #expect(picture.contains(text)) }
    #expect(!picture.contains("step 5"))
  }

  @Test("--json gives every step, and --steps chooses them")
  func json() throws {
    let scratch = try Scratch()
    let file = try Self.write(Self.timeline, in: scratch)
    let run = try Program("trace", file, "--json", "--steps", "2..3")
    #expect(run.status == 0, "\(run.errors)")
    let report = try #require(run.events.first)
    #expect((report["steps"] as? [[String: Any]])?.compactMap { $0["step"] as? Int } == [2, 3])
    let share = try #require(report["exposedShare"] as? Double)
    #expect(abs(share - 0.05) < 1e-9)
  }

  @Test(
    "what cannot be shown: status 2, the file and what to do, no picture",
    arguments: [
      ("", [String](), ["empty", "--trace"]), ("{\"a\": 1}", [], ["traceEvents", "--trace"]),
      (
        "[{\"ph\":\"X\",\"cat\":\"gpu\",\"ts\":1,\"pid\":1,\"tid\":1}]", [],
        ["none of its 1 events"]
      ),
      (timeline, ["--steps", "8..9"], ["8..9", "0..5"]), (timeline, ["--steps", "3..2"], ["3..2"]),
      (timeline, ["--warmup", "-1"], ["--warmup -1"]),
    ])
  func refused(_ text: String, _ options: [String], _ words: [String]) throws {
    let scratch = try Scratch()
    let file = try Self.write(text, in: scratch)
    let run = try Program(list: ["trace", file, "--svg", scratch.file("picture.svg")] + options)
    #expect(run.status == 2, "\(run.errors)")
    for word in words { #expect(run.errors.contains(word), "\(run.errors)") }
    #expect(scratch.contents == ["timeline.json"])
  }

  @Test("a file that is not there, and a picture that cannot be written")
  func files() throws {
    let missing = try Program("trace", "/nonexistent/timeline.json")
    #expect(missing.status == 2)
    #expect(missing.errors.contains("/nonexistent/timeline.json cannot be read: No such file"))
    let scratch = try Scratch()
    let file = try Self.write(Self.timeline, in: scratch)
    let run = try Program("trace", file, "--svg", "/nonexistent/picture.svg")
    #expect(run.status == 1)
    #expect(
      run.errors.contains("/nonexistent/picture.svg cannot be written: No such file"),
      "\(run.errors)")
    let folder = try Program("trace", scratch.path)
    #expect(folder.status == 2 && folder.errors.contains("it is a folder"), "\(folder.errors)")
    let same = try Program("trace", file, "--svg", file)
    #expect(same.status == 2 && same.errors.contains("would replace"), "\(same.errors)")
  }
}
