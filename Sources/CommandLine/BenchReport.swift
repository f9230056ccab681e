import Chorus
import Foundation

/// What `--out` of a benchmark holds: the figures, and what they were measured on.
struct BenchReport<Result: Encodable>: Encodable {
  private let date = ISO8601DateFormatter().string(from: Date())
  private let versions = ["chorus": ChorusVersion.text, "kernels": KernelVersion.digest]
  /// The commit that was built, as the script that runs the benchmark says.
  private let commit = ProcessInfo.processInfo.environment["CHORUS_COMMIT"] ?? "unknown"
  private let processors = ProcessInfo.processInfo.activeProcessorCount
  private let processor = Self.processorName
  /// The devices that were measured; none where only the host was.
  let devices: [DeviceDescription]?
  let results: Result

  /// Writes the report as JSON; the folder is made if it is not there.
  func write(to out: String) throws {
    let url = URL(fileURLWithPath: out)
    let folder = try RunFolder(url.deletingLastPathComponent().path)
    try folder.write(JSON.file(self), to: url.lastPathComponent)
    Console.print("written: \(out)")
  }

  private static var processorName: String {
    let lines = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?.split(
      separator: "\n")
    let line = lines?.first { $0.hasPrefix("model name") }
    return line?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) }
      ?? "unknown"
  }
}
