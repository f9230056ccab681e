import ArgumentParser
import Foundation
import Timeline

/// `chorus trace`.
struct Trace: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows how much of the communication was hidden behind computation, and draws it.",
    discussion: """
      Example:
        chorus train resnet18 --steps 20 --trace timeline.json
        chorus trace timeline.json --svg timeline.svg

      A moment of a step is, for one device: computing, exposed communication (gradients move or are summed while \
      it computes nothing), input (examples arrive and nothing else runs) or waiting. The file opens in \
      ui.perfetto.dev and chrome://tracing too.
      """)

  @Argument(help: ArgumentHelp("What chorus train --trace wrote.", valueName: "file"))
  var file: String

  @Option(help: ArgumentHelp("Also draw the timeline as a picture.", valueName: "file"))
  var svg: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Only these steps, such as 10..12, in the table and the picture.",
      discussion:
        "Otherwise the table takes all steps but the warm-up, and the picture the three in the middle.",
      valueName: "A..B"))
  var steps: StepRange?

  @Option(
    parsing: .unconditional,
    help: "Steps at the beginning to leave out of the table, in which kernels are still prepared.")
  var warmup = 1

  @Flag(help: "Print one JSON object with every step instead of a table.")
  var json = false

  func validate() throws {
    guard warmup >= 0 else { throw ValidationError("--warmup \(warmup) must be at least 0.") }
    if let svg, sameFile(svg, file) {
      throw ValidationError("--svg \(svg) would replace the timeline; name another file.")
    }
  }

  func run() throws {
    let report: OverlapReport
    let drawing: Drawing?
    do {
      let spans = try ChromeTrace.decode(read())
      report = try OverlapReport(spans, steps: steps?.range, warmup: warmup)
      drawing = try svg == nil ? nil : Drawing(spans, steps: steps?.range)
    } catch let error as TimelineError {
      throw CommandFailure.usage("\(file) \(error)")
    }
    if json {
      try Console.print(JSON.object(report))
    } else {
      OverlapTable(report).lines.forEach(Console.print)
    }
    guard let svg, let drawing else { return }
    do {
      try Data(drawing.svg.utf8).write(to: URL(fileURLWithPath: svg), options: .atomic)
    } catch {
      let folder = URL(fileURLWithPath: svg).deletingLastPathComponent().path
      let reason = Self.reason(
        access(folder, W_OK | X_OK) == 0 ? svg : folder, W_OK, error)
      throw CommandFailure.failed(
        "--svg \(svg) cannot be written: \(reason); name a file in a folder that you may write to")
    }
    let picture = "drawn: \(svg)"
    json ? Console.note(picture) : Console.print(picture)
  }

  private func read() throws -> Data {
    do {
      return try Data(contentsOf: URL(fileURLWithPath: file))
    } catch {
      throw CommandFailure.usage(
        "\(file) cannot be read: \(Self.reason(file, R_OK, error)); record one with chorus train --trace FILE"
      )
    }
  }

  private func sameFile(_ left: String, _ right: String) -> Bool {
    URL(fileURLWithPath: left).standardizedFileURL
      == URL(fileURLWithPath: right).standardizedFileURL
  }

  /// The system's reason why a path cannot be read or written; Foundation does not always give it.
  private static func reason(_ path: String, _ access: Int32, _ error: any Error) -> String {
    if Foundation.access(path, access) != 0 { return String(cString: strerror(errno)) }
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    return exists && isFolder.boolValue ? "it is a folder" : error.localizedDescription
  }
}

/// Steps as the command line names them: `10..12`, or `10` alone.
struct StepRange: ExpressibleByArgument {
  let range: ClosedRange<Int>

  init?(argument: String) {
    let ends = argument.components(separatedBy: "..").map { Int($0) }
    guard (1...2).contains(ends.count), let first = ends.first ?? nil, let last = ends.last ?? nil,
      first >= 0, first <= last
    else { return nil }
    range = first...last
  }
}
