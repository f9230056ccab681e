import Foundation

/// One figure of a benchmark, as two reports of it are compared by.
struct ComparedFigure {
  /// What was measured; the same in both reports.
  let name: String
  let unit: String
  let median: Double
  let minimum: Double
  let maximum: Double
  /// Whether less is better.
  let isTime: Bool

  init(
    _ name: String, unit: String, _ median: Double, _ minimum: Double, _ maximum: Double,
    isTime: Bool = false
  ) {
    self.name = name
    self.unit = unit
    self.median = median
    self.minimum = minimum
    self.maximum = maximum
    self.isTime = isTime
  }
}

/// Figures that can be compared with those of an earlier run.
protocol ComparableResults: Encodable {
  var compared: [ComparedFigure] { get }
}

extension Array: ComparableResults where Element: ComparableResults {
  var compared: [ComparedFigure] { flatMap(\.compared) }
}

/// A report's figures beside those of an earlier one.
struct BenchComparison: Codable {
  /// One figure in both reports.
  struct Row: Codable {
    let name: String
    let unit: String
    let earlier: Double
    let now: Double
    /// How many times as fast as before: of rates now ÷ earlier, of times earlier ÷ now; nil where one is not positive.
    let ratio: Double?
    /// Whether both ranges, from minimum to maximum, overlap: then the ratio may be noise.
    let isWithinSpread: Bool
  }

  /// The earlier report's file, date and commit.
  let file: String
  let date: String
  let commit: String
  /// What was not the same, so that the figures may differ for that reason; in sentences.
  let differences: [String]
  let rows: [Row]
  /// Figures that only one of the reports has.
  let onlyNow: [String]
  let onlyEarlier: [String]

  init<Results: ComparableResults>(
    _ now: BenchReport<Results>, _ earlier: BenchReport<Results>, named file: String
  ) {
    self.file = file
    date = earlier.date
    commit = earlier.commit
    differences = Self.differences(now, earlier)
    let (new, old) = (now.results.compared, earlier.results.compared)
    let byName = Dictionary(old.map { ($0.name, $0) }) { first, _ in first }
    rows = new.compactMap { figure in byName[figure.name].map { Self.row(figure, $0) } }
    let names = Set(new.map(\.name))
    onlyNow = new.map(\.name).filter { byName[$0] == nil }
    onlyEarlier = old.map(\.name).filter { !names.contains($0) }
  }

  /// A table for people.
  var lines: [String] {
    var lines = ["compared with \(file) (\(date), commit \(commit)), times as fast as then:"]
    lines += rows.map { row in
      (row.ratio.map { String(format: "  %6.2f", $0) } ?? "       –")
        + String(format: "  %@: %.4g %@, then %.4g", row.name, row.now, row.unit, row.earlier)
        + (row.isWithinSpread ? " (within the spread)" : "")
    }
    lines += differences.map { "  not the same: \($0)" }
    return lines + Self.list("only now", onlyNow) + Self.list("only then", onlyEarlier)
  }

  /// The first few names, and how many there are.
  private static func list(_ head: String, _ names: [String]) -> [String] {
    guard !names.isEmpty else { return [] }
    let more = names.count > 3 ? "; and \(names.count - 3) more" : ""
    return ["  \(head): \(names.prefix(3).joined(separator: "; "))\(more)"]
  }

  private static func row(_ now: ComparedFigure, _ earlier: ComparedFigure) -> Row {
    let isPositive = now.median > 0 && earlier.median > 0
    let ratio =
      now.isTime ? earlier.median / now.median : now.median / earlier.median
    return Row(
      name: now.name, unit: now.unit, earlier: earlier.median, now: now.median,
      ratio: isPositive ? ratio : nil,
      isWithinSpread: now.minimum <= earlier.maximum && earlier.minimum <= now.maximum)
  }

  private static func differences<Results>(
    _ now: BenchReport<Results>, _ earlier: BenchReport<Results>
  ) -> [String] {
    var texts: [String] = []
    func compare(_ what: String, _ then: String?, _ new: String?) {
      guard then != new else { return }
      texts.append("\(what): then \(then ?? "unknown"), now \(new ?? "unknown")")
    }
    compare("commit", earlier.commit, now.commit)
    compare("version", earlier.versions?["chorus"], now.versions?["chorus"])
    compare(
      "kernels", earlier.versions?["kernels"].map { String($0.prefix(12)) },
      now.versions?["kernels"].map { String($0.prefix(12)) })
    compare("processor", earlier.processor, now.processor)
    compare("processors", "\(earlier.processors)", "\(now.processors)")
    // Devices that only one of the reports has show by their figures.
    for device in now.devices ?? [] {
      guard let then = earlier.devices?.first(where: { $0.index == device.index }) else { continue }
      compare("device \(device.index)", then.identity, device.identity)
    }
    return texts
  }
}

extension DeviceDescription {
  /// What makes figures of two devices comparable.
  fileprivate var identity: String {
    "\(name), \(platform), driver \(driver), \(computeUnits) compute units"
  }
}
