import Chorus
import Foundation

/// The figures of `chorus bench device`, for people.
enum DeviceBenchTable {
  /// One line per figure.
  static func lines(_ figures: [DeviceFigure]) -> [String] {
    let width = figures.map(\.name.count).max() ?? 0
    return figures.map { figure in
      let name = figure.name.padding(toLength: width, withPad: " ", startingAt: 0)
      let numbers = [figure.median, figure.minimum, figure.maximum].map { number($0, figure) }
      let head = "  \(name)  \(numbers[0]) \(figure.unit) (\(numbers[1]) to \(numbers[2]))"
      return head + (share(figure) ?? "") + (times(figure) ?? "")
    }
  }

  /// Three digits at least, so that a time of a launch and a speed of a product both can be read.
  private static func number(_ value: Double, _ figure: DeviceFigure) -> String {
    let digits =
      figure.kind == .overlap || abs(value) < 10 ? 2 : abs(value) < 100 ? 1 : 0
    return String(format: "%.\(digits)f", value)
  }

  private static func share(_ figure: DeviceFigure) -> String? {
    figure.shareOfPeak.map { String(format: ", %.0f %% of the peak", 100 * $0) }
  }

  /// What an overlap is computed from.
  private static func times(_ figure: DeviceFigure) -> String? {
    guard let seconds = figure.seconds else { return nil }
    let alone = seconds.filter { $0.key != "together" }.sorted { $0.key < $1.key }
    let texts = alone.map { String(format: "%@ %.1f ms", $0.key, $0.value * 1e3) }
    return ", \(texts.joined(separator: ", "))"
      + String(format: ", together %.1f ms", (seconds["together"] ?? 0) * 1e3)
  }
}
