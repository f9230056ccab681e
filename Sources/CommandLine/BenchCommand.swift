import ArgumentParser
import Chorus
import Foundation

/// `chorus bench`.
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measures training: each replica alone, then all together.",
    discussion: """
      Every placement first trains the same steps from the same weights, and their SHA-256 must be equal; only \
      then is time taken. The placements take turns, several rounds, so that a noisy machine slows all of them; \
      the figures are medians. benchmarks/README.md states the method.
      """)

  @Option(help: "Networks to measure: mlp, lenet.")
  var model = ModelName.allCases

  @Option(
    help: "Replicas, as for `chorus train --devices`; each is measured alone and all together.")
  var devices = "every"

  @Option(parsing: .unconditional, help: "Rounds; each placement is timed once a round.")
  var rounds = 7

  @Option(parsing: .unconditional, help: "Seconds that one timing takes at least.")
  var seconds = 2.0

  @Option(help: ArgumentHelp("Also write the figures as JSON.", valueName: "file"))
  var out: String?

  func validate() throws {
    guard rounds > 0 else { throw ValidationError("--rounds \(rounds) must be at least 1.") }
    guard seconds > 0 else { throw ValidationError("--seconds \(seconds) must be positive.") }
    guard DeviceRequest(devices) != nil else {
      throw ValidationError("--devices \(devices) is not a request; see chorus train --help.")
    }
  }

  func run() throws {
    let selection = try select()
    var results: [TrainingBenchmark.Result] = []
    for model in model {
      results.append(
        try TrainingBenchmark(model, selection.members, rounds: rounds, seconds: seconds).run())
    }
    if let out {
      let report = BenchReport(
        devices: selection.members.map { member in
          DeviceDescription(member.device, index: member.index, selfTest: .passed)
        }, results: results)
      let url = URL(fileURLWithPath: out)
      let folder = try RunFolder(url.deletingLastPathComponent().path)
      try folder.write(JSON.file(report), to: url.lastPathComponent)
      Console.print("written: \(out)")
    }
  }

  private func select() throws -> DeviceSelection {
    let inventory = try Host.inventory()
    let cache = CacheFolder()
    do {
      let selection = try DeviceSelection(
        DeviceRequest(devices) ?? .every, from: inventory
      ) { try SpeedProbe(cache: cache.programs).seconds(on: $0) }
      try Placement.check(selection, inventory, SelfTest(cache: cache))
      return selection
    } catch let error as DeviceSelectionError {
      throw CommandFailure.usage("\(error)")
    }
  }
}

/// What `--out` holds: the figures, and what they were measured on.
private struct BenchReport: Encodable {
  let date = ISO8601DateFormatter().string(from: Date())
  let versions = ["chorus": ChorusVersion.text, "kernels": KernelVersion.digest]
  /// The commit that was built, as the script that runs the benchmark says.
  let commit = ProcessInfo.processInfo.environment["CHORUS_COMMIT"] ?? "unknown"
  let processors = ProcessInfo.processInfo.activeProcessorCount
  let processor = BenchReport.processorName
  let devices: [DeviceDescription]
  let results: [TrainingBenchmark.Result]

  private static var processorName: String {
    let lines = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?.split(
      separator: "\n")
    let line = lines?.first { $0.hasPrefix("model name") }
    return line?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) }
      ?? "unknown"
  }
}
