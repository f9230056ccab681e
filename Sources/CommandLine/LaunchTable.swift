import Chorus
import Foundation

/// A profile of launches as lines for people, and as values for JSON.
struct LaunchTable {
  /// All launches of one kernel on one operand.
  struct Row: Encodable {
    let kernel: String
    let operand: String
    /// Rows x vectors x taps of its register tile, and of the block of a work-item.
    let tile: String?
    let callsPerStep: Double
    let millisecondsPerStep: Double
    /// Share of the time of all launches.
    let share: Double
    let gigaflopsPerSecond: Double?
    let gigabytesPerSecond: Double
    /// The least time that the peaks of arithmetic and memory allow, ÷ the time it took.
    let shareOfLimit: Double
  }

  let rows: [Row]
  /// Time of all launches of a step, and how long a step took, in milliseconds.
  let launchMilliseconds: Double, stepMilliseconds: Double
  private let peak: DevicePeak

  init(_ entries: [LaunchProfile.Entry], peak: DevicePeak, steps: Int, seconds: Double) {
    let total = entries.reduce(0) { $0 + $1.seconds }
    launchMilliseconds = total * 1e3 / Double(steps)
    stepMilliseconds = seconds * 1e3 / Double(steps)
    self.peak = peak
    rows = entries.map { entry in
      let least = max(
        entry.operations / peak.operationsPerSecond, entry.byteCount / peak.bytesPerSecond)
      return Row(
        kernel: entry.kernel, operand: entry.operand,
        tile: entry.tile.map(Self.text),
        callsPerStep: Double(entry.calls) / Double(steps),
        millisecondsPerStep: entry.seconds * 1e3 / Double(steps),
        share: entry.seconds / total,
        gigaflopsPerSecond: entry.operations > 0 ? entry.operations / entry.seconds * 1e-9 : nil,
        gigabytesPerSecond: entry.byteCount / entry.seconds * 1e-9,
        shareOfLimit: least / entry.seconds)
    }
  }

  /// Rows x vectors x taps of a register tile, and of the block of a work-item.
  static func text(_ tile: Tile) -> String {
    let tiles = tile.blockRows * tile.blockVectors / (tile.rows * tile.vectors)
    return "\(tile.rows)x\(tile.vectors)" + (tile.taps > 1 ? "x\(tile.taps)" : "")
      + (tiles > 1 ? " of \(tile.blockRows)x\(tile.blockVectors)" : "")
  }

  /// A heading, a line for each kernel and operand, the longest first, and the sums.
  var lines: [String] {
    let heading = String(
      format: "peak: %.0f GFLOP/s, %.1f GB/s; launches %.2f ms of a step of %.2f ms",
      peak.operationsPerSecond * 1e-9, peak.bytesPerSecond * 1e-9, launchMilliseconds,
      stepMilliseconds)
    let titles = "   ms/step  share  calls  GFLOP/s   GB/s  of limit  tile          kernel, operand"
    return [heading, titles]
      + rows.map { row in
        let flops = row.gigaflopsPerSecond.map { String(format: "%8.1f", $0) } ?? "       -"
        return String(
          format: "%10.3f %5.1f%% %6.1f ", row.millisecondsPerStep, 100 * row.share,
          row.callsPerStep) + flops
          + String(
            format: " %6.1f   %5.1f %%  ", row.gigabytesPerSecond, 100 * row.shareOfLimit)
          + (row.tile ?? "").padding(toLength: 14, withPad: " ", startingAt: 0)
          + "\(row.kernel), \(row.operand)"
      }
  }
}
