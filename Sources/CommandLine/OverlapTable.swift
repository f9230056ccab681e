import Foundation
import Timeline

/// A report of the overlap as lines for people.
struct OverlapTable {
  private let report: OverlapReport

  init(_ report: OverlapReport) { self.report = report }

  /// Which steps, a line per device, the shares, and what was exposed most.
  var lines: [String] { [heading, ""] + table + [""] + shares + exposures }

  private var heading: String {
    let first = report.steps.first?.step ?? 0
    let last = report.steps.last?.step ?? 0
    let which = first == last ? "step \(first)" : "steps \(first) to \(last), medians"
    let warmup = report.leftOut == 0 ? "" : "; \(report.leftOut) before as warm-up left out"
    return "\(which)\(warmup)"
  }

  private var table: [String] {
    let width = max(6, report.devices.map(\.name.count).max() ?? 0)
    let titles = [
      "step ms", "computing", "communication", "hidden %", "exposed %", "input ms", "waiting ms",
      "last in",
    ]
    let rows = report.devices.map { device in
      let times = device.median
      return (
        device.name,
        [
          milliseconds(times.step), milliseconds(times.computing),
          milliseconds(times.communication), percent(device.hiddenShare),
          percent(device.exposedShare), milliseconds(times.input), milliseconds(times.waiting),
          "\(device.criticalSteps)",
        ]
      )
    }
    return ([("device", titles)] + rows).map { name, cells in
      let padded = zip(cells, titles).map { cell, title in
        String(repeating: " ", count: max(0, title.count + 2 - cell.count)) + cell
      }
      return name.padding(toLength: width, withPad: " ", startingAt: 0) + padded.joined()
    }
  }

  private var shares: [String] {
    let verdict = report.exposedShare <= OverlapReport.aim ? "met" : "missed"
    let worst =
      report.steps.count == 1
      ? "" : ", worst \(percent(report.worstExposedShare)) % in step \(report.worstStep)"
    return [
      "exposed communication: \(percent(report.exposedShare)) % of the step on the device that"
        + " finishes last\(worst)",
      "mean over the devices: \(percent(report.meanExposedShare)) %",
      "aim: at most \(percent(OverlapReport.aim)) %, \(verdict)",
    ]
  }

  private var exposures: [String] {
    guard let most = report.exposures.first else { return ["nothing was exposed"] }
    let name = most.name.isEmpty ? "" : " of \(most.name)"
    return [
      "most exposed: \(most.activity.rawValue)\(name),"
        + " \(milliseconds(most.secondsPerStep)) ms per step"
    ]
  }

  private func milliseconds(_ seconds: Double) -> String { String(format: "%.2f", seconds * 1e3) }

  private func percent(_ share: Double) -> String { String(format: "%.1f", share * 100) }
}
