import Chorus
import Foundation

/// What `--out` of a benchmark holds: the figures, and what they were measured on.
struct BenchReport<Results: Encodable>: Encodable {
  let date: String
  let versions: [String: String]?
  /// The commit that was built, as the script that runs the benchmark says, or the bundle that holds the program.
  let commit: String
  let processors: Int
  let processor: String
  /// The devices that were measured; none where only the host was.
  let devices: [DeviceDescription]?
  let results: Results
  /// What was left out, and why; in sentences.
  var skipped: [String]?
  /// How the figures compare with those of an earlier report.
  private(set) var comparison: BenchComparison?

  /// Figures of now, on this host.
  init(devices: [DeviceDescription]?, results: Results, skipped: [String] = []) {
    date = ISO8601DateFormatter().string(from: Date())
    versions = ["chorus": ChorusVersion.text, "kernels": KernelVersion.digest]
    commit = ProcessInfo.processInfo.environment["CHORUS_COMMIT"] ?? Self.bundledCommit ?? "unknown"
    processors = ProcessInfo.processInfo.activeProcessorCount
    processor = Self.processorName
    self.devices = devices
    self.results = results
    self.skipped = skipped.isEmpty ? nil : skipped
  }

  /// Writes the report as JSON; the folder is made if it is not there.
  func write(to out: String) throws {
    let url = URL(fileURLWithPath: out)
    let folder = try RunFolder(url.deletingLastPathComponent().path)
    try folder.write(JSON.file(self), to: url.lastPathComponent)
    Console.print("written: \(out)")
  }

  /// What a bundle says in a file beside the program.
  private static var bundledCommit: String? {
    guard let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    else { return nil }
    let file = URL(fileURLWithPath: program).deletingLastPathComponent().appendingPathComponent(
      "COMMIT")
    return (try? String(contentsOf: file, encoding: .utf8))?.trimmingCharacters(
      in: .whitespacesAndNewlines)
  }

  private static var processorName: String {
    let lines = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?.split(
      separator: "\n")
    let line = lines?.first { $0.hasPrefix("model name") }
    return line?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) }
      ?? "unknown"
  }
}

extension BenchReport: Decodable where Results: Decodable {}

extension BenchReport where Results: ComparableResults & Decodable {
  /// An earlier report of the same benchmark, for `--compare`.
  init(contentsOf path: String) throws {
    do {
      let data = try Data(contentsOf: URL(fileURLWithPath: path))
      self = try JSONDecoder().decode(Self.self, from: data)
    } catch let error as DecodingError {
      throw CommandFailure.usage(
        "--compare \(path): it is no report of this benchmark (\(error.place))")
    } catch {
      throw CommandFailure.usage("--compare \(path): \(error.localizedDescription)")
    }
  }

  /// Compares with an earlier report, prints the table, and keeps it for `write`.
  mutating func compare(with earlier: BenchReport, named path: String) {
    let comparison = BenchComparison(self, earlier, named: path)
    comparison.lines.forEach { Console.print($0) }
    self.comparison = comparison
  }
}

extension DecodingError {
  /// Where in the JSON the fault lies.
  fileprivate var place: String {
    switch self {
    case .keyNotFound(let key, let context): "no \((context.codingPath + [key]).path)"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "another kind of value at \(context.codingPath.path)"
    default: "it is no JSON"
    }
  }
}

extension [any CodingKey] {
  fileprivate var path: String {
    let words = map { $0.intValue.map(String.init) ?? $0.stringValue }
    return words.isEmpty ? "the top" : words.joined(separator: ".")
  }
}
