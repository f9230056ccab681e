import Foundation
import FoundationXML
import Testing
import Timeline

private typealias Lines = TestTimelines

@Suite struct DrawingTests {
  /// Texts and the numbers of elements of a picture; nil if it is not well-formed.
  private final class Reader: NSObject, XMLParserDelegate {
    var texts: [String] = []
    var counts: [String: Int] = [:]
    private var text = ""

    init?(_ svg: String) {
      super.init()
      let parser = XMLParser(data: Data(svg.utf8))
      parser.delegate = self
      guard parser.parse() else { return nil }
    }

    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
      qualifiedName: String?, attributes: [String: String]
    ) {
      counts[name, default: 0] += 1
      text = ""
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }

    func parser(
      _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
    ) {
      texts.append(text)
      text = ""
    }
  }

  private static let recording = (0..<9).flatMap {
    Lines.oneDevice(step: $0, begin: Double($0) * 20)
  }

  @Test("the picture is well-formed and names every row, step, activity and span")
  func wellFormed() throws {
    let drawing = try Drawing(Self.recording)
    #expect(drawing.steps == 3...5)
    let picture = try #require(Reader(drawing.svg))
    for text in [
      "device 0", "compute queue", "transfer queue", "host", "reducer", "scheduler", "compute",
      "download", "reduce", "upload", "update", "input", "decision", "grains 0..<4",
      "step 4: 20.00 ms", "communication hidden", "communication exposed", "ms",
      "steps 3 to 5: 60.00 ms",
    ] { #expect(picture.texts.contains(text), "\(text)") }
    #expect(picture.texts.contains("download bucket 0\n4.00 ms\nstep 4"))
    // Of steps 2 and 6, the instants on the border.
    #expect(picture.counts["path"] == 4)
    #expect(!drawing.svg.contains("http://www.w3.org/1999") && !drawing.svg.contains("@import"))
  }

  @Test("chosen steps are drawn, and a row that rests in them keeps its line")
  func chosen() throws {
    var spans = Self.recording
    spans.append(Lines.span(Row.host("checkpoint"), .checkpoint, "file", 170, 175, step: 8))
    let drawing = try Drawing(spans, steps: 1...1)
    let picture = try #require(Reader(drawing.svg))
    #expect(picture.texts.contains("checkpoint"))
    #expect(picture.texts.contains("step 1: 20.00 ms"))
    #expect(throws: TimelineError.stepsMissing(asked: 9...9, recorded: 0...8)) {
      _ = try Drawing(spans, steps: 9...9)
    }
  }

  @Test("the middle of one, two and four steps", arguments: [(1, 0...0), (2, 0...1), (4, 0...2)])
  func middle(_ count: Int, _ steps: ClosedRange<Int>) throws {
    let spans = (0..<count).flatMap { Lines.oneDevice(step: $0, begin: Double($0) * 20) }
    #expect(try Drawing(spans).steps == steps)
  }

  @Test("names with markup, long names and spans on top of each other stay well-formed")
  func hostile() throws {
    let long = String(repeating: "device with a very long name ", count: 9)
    let spans = (0..<40).map { index in
      Lines.span(
        Row(process: long, thread: "<b>&\"'\u{0}]]>"), .compute, "</svg>\u{1B}", 0,
        Double(index + 1), step: 0, notes: ["<": "&"])
    }
    let picture = try #require(Reader(try Drawing(spans).svg))
    #expect(picture.texts.contains(long))
    #expect(picture.texts.contains("<b>&\"'?]]>"))
  }

  @Test("a picture of many spans stays small")
  func many() throws {
    let spans = (0..<50_000).map { index in
      Lines.span(
        Lines.compute, .compute, "kernel", Double(index), Double(index) + 0.9, step: index / 100)
    }
    #expect(try Drawing(spans, steps: 0...499).svg.utf8.count < 2_000_000)
  }
}
