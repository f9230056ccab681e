import ArgumentParser
import Chorus
import Foundation

/// `chorus simulate`.
struct Simulate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Plans a cluster, or proves the engine, with virtual devices and a virtual clock.",
    discussion: """
      The scheduler, the reducer's protocol and the handling of faults are those of a real run; only the devices are \
      virtual. Examples:
        chorus simulate --device gpu:count=8,speed=1200,link=12 --device old:count=4,speed=300,fixed=2
        chorus simulate --device gpu:count=64,speed=1200 --parameters 124M --plot plan.svg
        chorus simulate --device gpu:count=4,speed=1200 --inject 'step=20 device=1 fault=leave'
        chorus simulate --seeds 1..2000
      """)

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "A kind of devices, such as gpu:count=4,speed=1200,fixed=0.5,link=12,jitter=5; may be given several times.",
      discussion: """
        count: how many (1); speed: examples per second of one alone; fixed: milliseconds of a step that do not \
        depend on its grains (0); link: GB/s each way (12), or shared for memory of the host; jitter: percent (2).
        """, valueName: "device"))
  var device: [String] = []

  @Option(help: ArgumentHelp("Parameters of the model, such as 25M.", valueName: "count"))
  var parameters = "25M"

  @Option(parsing: .unconditional, help: "Examples of a step, over all devices.")
  var batch = 1024

  @Option(parsing: .unconditional, help: "Examples of a grain.")
  var grain = 8

  @Option(parsing: .unconditional, help: "Steps to simulate.")
  var steps = 50

  @Option(parsing: .unconditional, help: "Seeds the jitter.")
  var seed: UInt64 = 1

  @Option(
    parsing: .unconditional, help: "GB/s of the host's memory; `chorus bench reduce` measures it.")
  var memory = 20.0

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "A fault, as for `chorus train`; devices are counted from 0.", valueName: "fault"))
  var inject: [String] = []

  @Option(
    help: ArgumentHelp(
      "Draw step time and efficiency over the number of devices.", valueName: "file.svg"))
  var plot: String?

  @Option(
    help: ArgumentHelp(
      "Instead: run the proof with these seeds, such as 1..2000; each draws devices, speeds and faults.",
      valueName: "first..last"))
  var seeds: String?

  @Flag(help: "Print one JSON object.")
  var json = false

  func validate() throws {
    if let seeds {
      guard Self.range(seeds) != nil else {
        throw ValidationError("--seeds \(seeds) is no range of whole numbers such as 1..2000.")
      }
      guard device.isEmpty else {
        throw ValidationError("--seeds and --device exclude each other; give one of them.")
      }
      return
    }
    guard !device.isEmpty else {
      throw ValidationError(
        "Give devices, such as --device gpu:count=4,speed=1200; or --seeds 1..2000.")
    }
    _ = try plan()
  }

  func run() throws {
    if let range = seeds.flatMap(Self.range) { return try SeedRun(range, json: json).run() }
    let plan = try plan()
    do {
      let estimate = try plan.estimate()
      let sweep = plan.injections.isEmpty ? try plan.sweep(plan.sweepCounts) : []
      let report = PlanReport(plan: plan, estimate: estimate, sweep: sweep)
      if json {
        Console.print(try JSON.object(report.encoded))
      } else {
        report.print()
      }
      if let plot { try draw(sweep, to: plot) }
    } catch let violation as InvariantViolation {
      throw CommandFailure.failed("\(violation)")
    }
  }

  private func draw(_ sweep: [ClusterEstimate], to file: String) throws {
    guard sweep.count > 1 else {
      throw CommandFailure.usage("--plot needs two devices at least, and no --inject")
    }
    do {
      try Data(PlanPlot(sweep).svg.utf8).write(to: URL(fileURLWithPath: file), options: .atomic)
    } catch {
      throw CommandFailure.failed("--plot \(file): \(error.localizedDescription)")
    }
    if !json { Console.print("drawn: \(file)") }
  }

  private static func range(_ text: String) -> ClosedRange<UInt64>? {
    let parts = text.components(separatedBy: "..").map { UInt64($0) }
    guard parts.count == 2, let first = parts[0], let last = parts[1], first <= last else {
      return nil
    }
    return first...last
  }

  /// The options as a plan.
  private func plan() throws -> ClusterPlan {
    guard let count = Self.count(parameters), (1...1_000_000_000_000).contains(count) else {
      throw ValidationError("--parameters \(parameters) is no number such as 25M.")
    }
    guard grain >= 1, batch >= grain, batch % grain == 0, batch <= 1 << 24 else {
      throw ValidationError("--batch \(batch) must be a multiple of --grain \(grain).")
    }
    guard (1...10_000).contains(steps) else {
      throw ValidationError("--steps \(steps) must be from 1 to 10000.")
    }
    guard memory > 0 else { throw ValidationError("--memory \(memory) must be positive.") }
    var plan = ClusterPlan(
      devices: try device.map(Self.device), parameterCount: count, batchSize: batch,
      grainSize: grain)
    guard plan.deviceCount <= 4096 else {
      throw ValidationError("\(plan.deviceCount) devices are too many; 4096 are possible.")
    }
    (plan.stepCount, plan.seed, plan.reducerBytesPerSecond) = (steps, seed, memory * 1e9)
    plan.bucketCount = max(2, min(32, count / 1_000_000))
    plan.injections = try inject.map { text in
      let injection: Injection
      do { injection = try Injection(text) } catch { throw ValidationError("--inject \(error)") }
      guard let index = Int(injection.device), (0..<plan.deviceCount).contains(index) else {
        throw ValidationError(
          "--inject \(text): devices are counted from 0 to \(plan.deviceCount - 1)")
      }
      return injection
    }
    return plan
  }

  /// `25M` as a number.
  private static func count(_ text: String) -> Int? {
    let factors: [Character: Double] = ["k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "B": 1e9]
    if let last = text.last, let factor = factors[last] {
      return Double(text.dropLast()).flatMap { $0 > 0 && $0 < 1e6 ? Int($0 * factor) : nil }
    }
    return Int(text)
  }

  /// `name:key=value,…` as devices.
  private static func device(_ text: String) throws -> ClusterPlan.Device {
    let parts = text.split(separator: ":", maxSplits: 1)
    func wrong(_ problem: String) -> ValidationError {
      ValidationError("--device \(text): \(problem); an example is gpu:count=4,speed=1200,link=12")
    }
    guard parts.count == 2 else { throw wrong("a name, a colon and speed= are needed") }
    var device = ClusterPlan.Device(name: String(parts[0]), examplesPerSecond: 0)
    for field in parts[1].split(separator: ",") {
      let pair = field.split(separator: "=", maxSplits: 1).map(String.init)
      guard pair.count == 2 else { throw wrong("\"\(field)\" is no key=value") }
      if pair == ["link", "shared"] {
        device.sharesMemory = true
        continue
      }
      guard let value = Double(pair[1]), value >= 0, value < 1e9 else {
        throw wrong("\(pair[1]) is no number that \(pair[0]) can have")
      }
      switch pair[0] {
      case "count": device.count = Int(value)
      case "speed": device.examplesPerSecond = value
      case "fixed": device.fixedSeconds = value / 1e3
      case "link": device.bytesPerSecond = value * 1e9
      case "jitter": device.jitter = value / 100
      default: throw wrong("there is no \(pair[0])")
      }
    }
    guard device.examplesPerSecond > 0 else {
      throw wrong("speed, in examples per second, is missing")
    }
    guard device.count > 0, device.jitter < 1, device.bytesPerSecond > 0 else {
      throw wrong("count and link must be above 0, jitter below 100")
    }
    return device
  }
}
