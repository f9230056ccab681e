import ArgumentParser
import Chorus

/// `chorus bench device`.
struct DeviceBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "device",
    abstract: "Measures what each device can do: products, launches, transfers, overlap.",
    discussion: """
      Matrix products run by the kernels and tiles that training takes, and are held against the device's \
      multiply-adds in registers, which are measured beside them. Launches do next to nothing. Copies go from and to \
      pinned and pageable memory. Overlap tells whether this driver really copies while a kernel runs: two commands \
      on two queues, alone and together. Every result is compared with the host before anything is timed. \
      benchmarks/README.md states the method.
      """)

  @Option(help: "Devices, as for `chorus train --devices`; each is measured alone.")
  var devices = "every"

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Rows and columns of a product; may be given several times (default: 256 to 4096).",
      valueName: "n"))
  var size: [Int] = []

  @Option(parsing: .unconditional, help: "Rounds; everything is timed once a round.")
  var rounds = 7

  @Option(help: ArgumentHelp("Also write the figures as JSON.", valueName: "file"))
  var out: String?

  @Option(help: ArgumentHelp("Compare with what --out wrote earlier.", valueName: "file"))
  var compare: String?

  func validate() throws {
    guard rounds > 0 else { throw ValidationError("--rounds \(rounds) must be at least 1.") }
    for size in size where !(1...16384).contains(size) {
      throw ValidationError("--size \(size) must be from 1 to 16384.")
    }
    guard DeviceRequest(devices) != nil else {
      throw ValidationError("--devices \(devices) is not a request; see chorus train --help.")
    }
  }

  /// The figures of one device.
  struct Result: Codable, ComparableResults {
    let device: String
    let rounds: Int
    let figures: [DeviceFigure]

    var compared: [ComparedFigure] {
      figures.map {
        ComparedFigure(
          "\($0.name), device \(device)", unit: $0.unit, $0.median, $0.minimum, $0.maximum,
          isTime: $0.unit == "us")
      }
    }
  }

  func run() throws {
    let earlier = try compare.map { try BenchReport<[Result]>(contentsOf: $0) }
    let selection = try Placement.select(DeviceRequest(devices) ?? .every)
    var results: [Result] = []
    var skipped: [String] = []
    for member in selection.members {
      let (result, notes) = try measure(member)
      results.append(result)
      skipped += notes
    }
    var report = BenchReport(
      devices: selection.members.map {
        DeviceDescription($0.device, index: $0.index, selfTest: nil)
      }, results: results, skipped: skipped)
    if let compare, let earlier { report.compare(with: earlier, named: compare) }
    if let out { try report.write(to: out) }
  }

  private func measure(_ member: DeviceSelection.Member) throws -> (Result, [String]) {
    var settings = DeviceBenchmark.Settings()
    if !size.isEmpty { settings.productSizes = size }
    settings.rounds = rounds
    let benchmark: DeviceBenchmark
    do {
      benchmark = try DeviceBenchmark(
        member.device, settings, cache: CacheFolder().programs)
    } catch let error as WrongResult {
      throw CommandFailure.failed(
        "device \(member.name) (\(member.device.platformName)): \(error); nothing was timed."
          + " Run `chorus devices`")
    }
    let figures = try benchmark.measure()
    let device = member.device
    Console.print(
      "device \(member.name), \(device.name) (\(device.platformName), driver"
        + " \(device.driverVersion)), median of \(rounds) (minimum to maximum):")
    for line in DeviceBenchTable.lines(figures) { Console.print(line) }
    let skipped = benchmark.skipped.map { "device \(member.name): \($0)" }
    for sentence in skipped { Console.note("skipped on \(sentence)") }
    return (Result(device: member.name, rounds: rounds, figures: figures), skipped)
  }
}
