import ArgumentParser
import Chorus
import Foundation

/// `chorus bench reduce`.
struct ReduceBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reduce",
    abstract: "Measures the host reducer against the memory of this host.",
    discussion: """
      The reducer adds 1, 2, 4 and 8 parts of 64-bit integers and rounds each sum to a float; STREAM's loops copy, \
      scale, add and triad run on as many threads over arrays of the largest size. The reducer first must give the \
      bits of a naive loop. Bytes are counted as STREAM counts them: 8 for each part and 4 for the gradient, none for \
      reading a line that is then overwritten.
      """)

  @Option(
    parsing: .unconditionalSingleValue,
    help: "Elements of one call; may be given several times (default: 1, 10 and 100 million).")
  var count: [Int] = []

  @Option(
    parsing: .unconditional, help: "Threads of the reducer and of STREAM (default: all processors)."
  )
  var threads: Int?

  @Option(parsing: .unconditional, help: "Rounds; each loop is timed once a round.")
  var rounds = 7

  @Option(help: ArgumentHelp("Also write the figures as JSON.", valueName: "file"))
  var out: String?

  @Option(help: ArgumentHelp("Compare with what --out wrote earlier.", valueName: "file"))
  var compare: String?

  func validate() throws {
    guard rounds > 0 else { throw ValidationError("--rounds \(rounds) must be at least 1.") }
    for count in count where count <= 0 {
      throw ValidationError("--count \(count) must be at least 1.")
    }
    if let threads, !(1...4096).contains(threads) {
      throw ValidationError("--threads \(threads) must be from 1 to 4096.")
    }
  }

  /// What `--out` holds of the measurement.
  private struct Results: Codable, ComparableResults {
    let threads: Int
    let rounds: Int
    /// Sizes that memory was too small for.
    let skipped: [Int]
    let figures: [ReduceBenchmark.Figure]

    var compared: [ComparedFigure] {
      figures.map { figure in
        let parts = figure.parts.map { ", \($0) parts" } ?? ""
        return ComparedFigure(
          "\(figure.name), \(figure.count) elements\(parts), \(threads) threads", unit: "GB/s",
          figure.median, figure.minimum, figure.maximum)
      }
    }
  }

  func run() throws {
    let earlier = try compare.map { try BenchReport<Results>(contentsOf: $0) }
    let wanted = count.isEmpty ? [1_000_000, 10_000_000, 100_000_000] : count
    let fitting = wanted.filter(Self.fits)
    let skipped = wanted.filter { !Self.fits($0) }
    for count in skipped {
      Console.note("\(count) elements: skipped, they do not fit in half of the free memory")
    }
    guard !fitting.isEmpty else {
      throw CommandFailure.usage("no size fits in half of the free memory; give a smaller --count")
    }
    let threads = threads ?? ProcessInfo.processInfo.activeProcessorCount
    let benchmark = ReduceBenchmark(counts: fitting, rounds: rounds, threadCount: threads)
    guard let figures = benchmark.measure() else {
      throw CommandFailure.failed(
        "a loop gives other values than the naive one; nothing was timed. Is this host's memory sound?"
      )
    }
    print(figures, threads: threads)
    var report = BenchReport(
      devices: nil,
      results: Results(threads: threads, rounds: rounds, skipped: skipped, figures: figures))
    if let compare, let earlier { report.compare(with: earlier, named: compare) }
    if let out { try report.write(to: out) }
  }

  private func print(_ figures: [ReduceBenchmark.Figure], threads: Int) {
    Console.print(
      "GB/s on \(threads) \(threads == 1 ? "thread" : "threads"), median of \(rounds) (minimum to maximum), share of"
        + " STREAM's triad; bytes counted as STREAM does:")
    for figure in figures {
      let parts = figure.parts.map { $0 == 1 ? ", 1 part" : ", \($0) parts" } ?? ""
      Console.print(
        String(
          format: "  %7.2f (%.2f to %.2f)  %3.0f %%  ", figure.median, figure.minimum,
          figure.maximum, 100 * figure.shareOfTriad)
          + "\(figure.name), \(figure.count) elements\(parts), \(figure.bytesPerElement) bytes each"
      )
    }
  }

  /// Whether the arrays fit in half of the memory that is free, if the system says how much is.
  private static func fits(_ count: Int) -> Bool {
    guard let free = HostMemory.freeByteCount else { return true }
    let (byteCount, overflow) = count.multipliedReportingOverflow(
      by: ReduceBenchmark.byteCountPerElement)
    return !overflow && byteCount <= free / 2
  }
}
