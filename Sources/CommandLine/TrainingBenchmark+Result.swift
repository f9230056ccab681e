import Chorus
import Foundation

extension TrainingBenchmark {
  /// Examples per second of one placement.
  struct Figure: Codable {
    let placement: String
    let median: Double
    let minimum: Double
    let maximum: Double
    /// Operations per second as the network defines them ÷ multiply-adds per second that the devices can do at most.
    let shareOfPeak: Double?
  }

  /// The figures of one recipe.
  struct Result: Codable, ComparableResults {
    let model: String
    let batch: Int
    let grain: Int
    /// How many times slower the last replica was made; 1, or nil in old reports, for not at all.
    let slowed: Double?
    let rounds: Int
    /// Whether the placements were there at the same time and took turns; otherwise one was timed after another.
    let takesTurns: Bool?
    /// Floating-point operations of one example, forward and backward, in products and convolutions.
    let operationsPerExample: Int?
    /// Examples per second.
    let figures: [Figure]
    let sumOfSolos: Double
    /// Median over the rounds of all together ÷ sum of the solos of the same round.
    let efficiency: Double
    /// What every placement's weights were after the steps of the check.
    let weightsSHA256: String

    var compared: [ComparedFigure] {
      let slow = slowed.map { $0 > 1 ? ", slowed \($0)x" : "" } ?? ""
      return figures.map {
        ComparedFigure(
          "\(model), batch \(batch), grain \(grain)\(slow), \($0.placement)", unit: "examples/s",
          $0.median, $0.minimum, $0.maximum)
      }
    }

    /// A table for people.
    var lines: [String] {
      let slow = slowed.map { $0 > 1 ? ", last replica slowed \($0)x" : "" } ?? ""
      let turns = takesTurns == false ? ", one placement after another" : ""
      var lines = [
        "\(model), batch \(batch), grain \(grain)\(slow)\(turns), examples per second,"
          + " median of \(rounds) (minimum to maximum):"
      ]
      lines += figures.map { figure in
        let numbers = [figure.median, figure.minimum, figure.maximum].map(Self.rate)
        let padding = String(repeating: " ", count: max(0, 8 - numbers[0].count))
        let share = figure.shareOfPeak.map { String(format: ", %.2f of the FMA peak", $0) } ?? ""
        return "  \(padding)\(numbers[0]) (\(numbers[1]) to \(numbers[2]))  \(figure.placement)"
          + share
      }
      if figures.count > 1 {
        let sum = Self.rate(sumOfSolos)
        let padding = String(repeating: " ", count: max(0, 8 - sum.count))
        lines.append(
          "  \(padding)\(sum)  sum of the solos; all together reach"
            + String(format: " %.2f of it", efficiency))
      }
      return lines
    }

    /// Three digits at least: large networks train few examples in a second.
    private static func rate(_ value: Double) -> String {
      let digits = value < 1 ? 3 : value < 10 ? 2 : value < 100 ? 1 : 0
      return String(format: "%.\(digits)f", value)
    }
  }
}
