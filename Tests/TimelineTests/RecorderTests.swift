import Dispatch
import Foundation
import Testing
import Timeline

@Suite struct RecorderTests {
  private static func span(_ index: Int) -> Span {
    Span(
      Row(process: "device \(index % 3)", thread: "compute queue"), .compute, "grains \(index)",
      start: Double(index) * 1e-3, end: Double(index) * 1e-3 + 5e-4, step: index / 10)
  }

  private static func file() -> URL {
    FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).json")
  }

  @Test("spans of several threads, before and after the file is there, are all in it")
  func threads() throws {
    let file = Self.file()
    defer { try? FileManager.default.removeItem(at: file) }
    let recorder = Recorder()
    for index in 0..<1000 { recorder.add(Self.span(index)) }
    try recorder.write(to: file)
    DispatchQueue.concurrentPerform(iterations: 8) { part in
      for index in 0..<3000 { recorder.add(Self.span(1000 + part * 3000 + index)) }
    }
    try recorder.finish()
    let spans = try ChromeTrace.decode(Data(contentsOf: file))
    ChromeTraceTests.expectEqual(spans, (0..<25_000).map(Self.span))
    #expect(recorder.leftOut == 0)
  }

  @Test("the file is a valid trace at any time")
  func alwaysValid() throws {
    let file = Self.file()
    defer { try? FileManager.default.removeItem(at: file) }
    let recorder = Recorder()
    try recorder.write(to: file)
    var counts: [Int] = []
    for index in 0..<20_000 {
      recorder.add(Self.span(index))
      guard index % 2500 == 0 else { continue }
      // Read while it may be written: a cut line is the reader's to leave out.
      let text = try Data(contentsOf: file)
      counts.append((try? ChromeTrace.decode(text))?.count ?? 0)
    }
    #expect(counts == counts.sorted())
    try recorder.finish()
    let data = try Data(contentsOf: file)
    #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: data) }
    #expect(try ChromeTrace.decode(data).count == 20_000)
  }

  @Test("without a file, memory is limited and what was left out is counted")
  func limit() {
    let recorder = Recorder()
    for index in 0..<Recorder.memoryLimit + 10 { recorder.add(Self.span(index)) }
    #expect(recorder.leftOut == 10)
  }

  @Test("a path that cannot be written is refused at once, a full disk at the end")
  func unwritable() throws {
    #expect(throws: TimelineError.self) {
      try Recorder().write(to: URL(fileURLWithPath: "/nonexistent/trace.json"))
    }
    let recorder = Recorder()
    // Every write to it fails for want of room.
    #expect(throws: TimelineError.self) {
      try recorder.write(to: URL(fileURLWithPath: "/dev/full"))
    }
  }

  @Test("time runs from the beginning of the recording")
  func clock() {
    let before = ContinuousClock.now
    let recorder = Recorder()
    let first = recorder.now()
    #expect(first >= 0 && recorder.now() >= first)
    #expect(recorder.seconds(at: before) <= 0)
  }
}
