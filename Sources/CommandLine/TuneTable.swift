import Chorus
import Foundation

/// What is tuned on one device, as lines for people and as values for JSON.
struct TuneTable: Encodable {
  /// One product.
  struct Row: Encodable {
    let kernel: String
    let operand: String
    let options: [String]
    /// Shapes, and the rows of a grain, in the kernel's order.
    let integers: [Int]
    /// Most examples of a wave.
    let examples: Int
    let standardTile: String
    let standardMilliseconds: Double
    let standardGigaflopsPerSecond: Double?
    let tile: String
    let milliseconds: Double
    let gigaflopsPerSecond: Double?
    /// Launches in a step, and tiles that were timed; where it was tuned just now.
    let launches: Int?
    let timedTiles: Int?
  }

  /// The recipe that was tuned; nil for all that is known.
  var recipe: String?
  let device: String
  let file: String
  var rows: [Row] = []

  static let titles =
    "       ms  GFLOP/s  standard                ms  GFLOP/s  chosen            faster  tiles  kernel, operand"

  /// The times of all products of a step, and where the choices are.
  var summary: String {
    func sum(_ path: KeyPath<Row, Double>) -> Double {
      rows.reduce(0) { $0 + $1[keyPath: path] * Double($1.launches ?? 1) }
    }
    let other = rows.count { $0.tile != $0.standardTile }
    let untried = rows.count { $0.timedTiles == 1 }
    return String(
      format: "%.2f ms instead of %.2f ms for the products of a wave; ",
      sum(\.milliseconds), sum(\.standardMilliseconds))
      + "\(other) of \(rows.count) have another tile than the standard one"
      + (untried > 0 ? ", \(untried) were not reached: give a longer --budget" : "")
      + "; saved: \(file)"
  }
}

extension TuneTable.Row {
  /// A choice that is known.
  init(_ key: TileKey, _ choice: TunedTile, launches: Int? = nil, timedTiles: Int? = nil) {
    func speed(_ seconds: Double) -> Double? {
      choice.operations > 0 ? choice.operations / seconds * 1e-9 : nil
    }
    self.init(
      kernel: key.kernel, operand: choice.operand, options: key.options, integers: key.integers,
      examples: key.examples, standardTile: LaunchTable.text(choice.standard),
      standardMilliseconds: choice.standardSeconds * 1e3,
      standardGigaflopsPerSecond: speed(choice.standardSeconds),
      tile: LaunchTable.text(choice.tile), milliseconds: choice.seconds * 1e3,
      gigaflopsPerSecond: speed(choice.seconds), launches: launches, timedTiles: timedTiles)
  }

  /// A choice that has just been made.
  init(_ outcome: Tuner.Outcome) {
    self.init(
      outcome.key, outcome.choice, launches: outcome.launchCount, timedTiles: outcome.timedCount)
  }

  /// A line under the titles; several launches of a step stand behind the operand.
  var text: String {
    func side(_ milliseconds: Double, _ gigaflops: Double?, _ tile: String) -> String {
      String(format: "%9.3f ", milliseconds)
        + (gigaflops.map { String(format: "%8.1f  ", $0) } ?? "       -  ")
        + tile.padding(toLength: 16, withPad: " ", startingAt: 0)
    }
    return side(standardMilliseconds, standardGigaflopsPerSecond, standardTile)
      + side(milliseconds, gigaflopsPerSecond, tile)
      + String(format: "%5.2fx", standardMilliseconds / milliseconds)
      + (timedTiles.map { String(format: "%7d", $0) } ?? "      -")
      + "  \(kernel), \(operand)" + (launches.map { $0 > 1 ? " (\($0) launches)" : "" } ?? "")
      + "; waves of \(examples)"
  }
}
