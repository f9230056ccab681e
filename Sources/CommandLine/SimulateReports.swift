import Chorus
import Foundation

/// What `chorus simulate` prints of a plan.
struct PlanReport {
  let plan: ClusterPlan
  let estimate: ClusterEstimate
  /// The same with fewer devices.
  let sweep: [ClusterEstimate]

  struct Encoded: Encodable {
    let estimate: ClusterEstimate
    let sweep: [ClusterEstimate]
  }

  var encoded: Encoded { Encoded(estimate: estimate, sweep: sweep) }

  func print() {
    Console.print(
      "\(plan.deviceCount) devices, \(plan.parameterCount) parameters in \(plan.bucketCount) buckets; batch"
        + " \(plan.batchSize) in grains of \(plan.grainSize); \(plan.stepCount) steps, seed \(plan.seed)"
    )
    let rows = sweep.isEmpty ? [estimate] : sweep
    Console.print("devices   step ms  longest ms   examples/s  efficiency  exposed")
    for row in rows {
      Console.print(
        String(
          format: "%7d %9.2f %11.2f %12.0f %10.1f%% %7.1f%%", row.deviceCount,
          row.stepSeconds * 1e3,
          row.longestStepSeconds * 1e3, row.examplesPerSecond, row.efficiency * 100,
          100 * row.exposedSeconds / max(row.stepSeconds, 1e-12)))
    }
    if estimate.lostReplicas > 0 { Console.print("given up: \(estimate.lostReplicas)") }
    Console.print(
      String(
        format:
          "decisions on this host: a split takes %.2f ms (longest %.2f), any other at most %.2f ms",
        estimate.splitSeconds * 1e3, estimate.longestSplitSeconds * 1e3,
        estimate.longestDecisionSeconds * 1e3))
  }
}

/// The proof: many seeds, each with devices, speeds and faults of its own.
struct SeedRun {
  private let seeds: ClosedRange<UInt64>
  private let json: Bool

  private struct Result: Encodable {
    var seeds = 0, events = 0, steps = 0, lost = 0, ended = 0
  }

  init(_ seeds: ClosedRange<UInt64>, json: Bool) {
    self.seeds = seeds
    self.json = json
  }

  func run() throws {
    var result = Result()
    for seed in seeds {
      do {
        let report = try Simulation(seed: seed).run()
        result.seeds += 1
        result.events += report.eventCount
        result.steps += report.committedSteps
        result.lost += report.faults.count
        result.ended += report.committedSteps < report.stepCount ? 1 : 0
      } catch {
        throw CommandFailure.failed("\(error)\nrun it again with --seeds \(seed)..\(seed)")
      }
    }
    if json { return Console.print(try JSON.object(result)) }
    Console.print(
      "\(result.seeds) seeds, \(result.steps) steps, \(result.events) events, \(result.lost) replicas given up: no"
        + " invariant was violated; \(result.ended) runs ended early, with nobody left or a disagreement that"
        + " nobody could settle")
  }
}

/// Step time and efficiency over the number of devices, as SVG.
struct PlanPlot {
  private let sweep: [ClusterEstimate]
  private let width = 640.0, height = 400.0, margin = 56.0

  init(_ sweep: [ClusterEstimate]) { self.sweep = sweep }

  var svg: String {
    let most = Double(sweep.map(\.deviceCount).max() ?? 1)
    let longest = (sweep.map(\.stepSeconds).max() ?? 1) * 1e3
    // Devices on a scale of powers of two.
    func x(_ count: Int) -> Double {
      margin + (width - 2 * margin) * (most > 1 ? log2(Double(count)) / log2(most) : 0)
    }
    func y(_ share: Double) -> Double { height - margin - (height - 2 * margin) * min(1, share) }
    func line(_ colour: String, _ value: (ClusterEstimate) -> Double) -> String {
      let points = sweep.map { String(format: "%.1f,%.1f", x($0.deviceCount), y(value($0))) }
      return
        "<polyline fill=\"none\" stroke=\"\(colour)\" stroke-width=\"2\" points=\"\(points.joined(separator: " "))\"/>"
        + points.map { point in
          let place = point.split(separator: ",")
          return "<circle cx=\"\(place[0])\" cy=\"\(place[1])\" r=\"3\" fill=\"\(colour)\"/>"
        }.joined()
    }
    func text(_ x: Double, _ y: Double, _ anchor: String, _ colour: String, _ content: String)
      -> String
    {
      String(format: "<text x=\"%.1f\" y=\"%.1f\"", x, y)
        + " text-anchor=\"\(anchor)\" fill=\"\(colour)\">\(content)</text>"
    }
    var body: [String] = []
    for share in [0.0, 0.25, 0.5, 0.75, 1.0] {
      body.append(
        String(
          format:
            "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#888\" stroke-opacity=\"0.3\"/>",
          margin, width - margin, y(share), y(share)))
      body.append(text(margin - 8, y(share) + 4, "end", "#1b7f4d", "\(Int(share * 100)) %"))
      body.append(
        text(
          width - margin + 8, y(share) + 4, "start", "#b3541e",
          String(format: "%.3g", share * longest)))
    }
    for row in sweep {
      body.append(
        text(x(row.deviceCount), height - margin + 20, "middle", "#888", "\(row.deviceCount)"))
    }
    body.append(text(margin, margin - 20, "start", "#1b7f4d", "efficiency"))
    body.append(text(width - margin, margin - 20, "end", "#b3541e", "step, ms"))
    body.append(text(width / 2, height - 12, "middle", "#888", "devices"))
    body.append(line("#1b7f4d") { $0.efficiency })
    body.append(line("#b3541e") { $0.stepSeconds * 1e3 / longest })
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(width)) \(Int(height))" font-family="sans-serif" \
      font-size="12">
      \(body.joined(separator: "\n"))
      </svg>

      """
  }
}
