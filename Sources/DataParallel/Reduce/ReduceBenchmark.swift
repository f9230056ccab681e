/// Times the host reducer and, in turn with it, the memory that it reads and writes.
public struct ReduceBenchmark {
  /// What one loop moved.
  public struct Figure: Sendable, Codable {
    /// The loop: a kernel of STREAM, or `reduce`.
    public let name: String
    /// Parts that are added; nil for STREAM.
    public let parts: Int?
    /// Elements of one call.
    public let count: Int
    /// Bytes that the loop names per element; reading a line that is then overwritten does not count.
    public let bytesPerElement: Int
    /// 10^9 bytes per second: the median of the rounds.
    public let median: Double
    /// The slowest round.
    public let minimum: Double
    /// The fastest round.
    public let maximum: Double
    /// Median over the rounds of this ÷ STREAM's triad in the same round.
    public let shareOfTriad: Double
  }

  /// Numbers of parts that are added, each in turn.
  public static let partCounts = [1, 2, 4, 8]
  /// Memory that an element of the largest size takes: parts, gradient, STREAM's arrays.
  public static let byteCountPerElement = 8 * 8 + 4 + 3 * 8

  /// One loop and the elements of one of its calls.
  private enum Entry {
    case stream(StreamKernels.Kernel)
    case reduce(count: Int, parts: Int)
  }

  private let rounds: Int
  private let entries: [Entry]
  private let arrays: ReduceArrays
  private let stream: StreamKernels

  /// Allocates and fills the arrays, which `measure` frees.
  ///
  /// - Parameters:
  ///   - counts: Elements of one call, at least one size; the arrays are as long as the largest.
  ///   - rounds: How often everything is timed.
  ///   - threadCount: Threads of the reducer and of STREAM.
  public init(counts: [Int], rounds: Int, threadCount: Int) {
    precondition(!counts.isEmpty && rounds > 0)
    self.rounds = rounds
    let length = counts.max() ?? 1
    let workers = Workers(count: threadCount)
    arrays = ReduceArrays(
      count: length, partCount: Self.partCounts.max() ?? 1, workers: workers)
    stream = StreamKernels(count: length, workers: workers)
    entries =
      StreamKernels.Kernel.allCases.map(Entry.stream)
      + counts.flatMap { count in
        Self.partCounts.map { .reduce(count: count, parts: $0) }
      }
  }

  /// Verifies every loop, then times them; call it once.
  ///
  /// - Returns: A figure for each loop, STREAM first; nil if a loop gives wrong values.
  public consuming func measure() -> [Figure]? {
    defer {
      arrays.deallocate()
      stream.deallocate()
    }
    guard areRight else { return nil }
    // Entries take turns, so that a noisy machine slows all of them.
    let rates = (0..<rounds).map { _ in entries.map(rate) }
    let triad = StreamKernels.Kernel.allCases.firstIndex(of: .triad) ?? 0
    return entries.enumerated().map { index, entry in
      figure(entry, rates.map { $0[index] }, shares: rates.map { $0[index] / $0[triad] })
    }
  }

  private var areRight: Bool {
    for entry in entries {
      switch entry {
      case .stream(let kernel): stream.run(kernel)
      case .reduce(let count, let parts):
        guard arrays.isRight(parts: parts, count: count) else { return false }
      }
    }
    return stream.areRight
  }

  /// 10^9 bytes per second of one pass over the arrays.
  private func rate(_ entry: Entry) -> Double {
    let start = ContinuousClock.now
    switch entry {
    case .stream(let kernel): stream.run(kernel)
    case .reduce(let count, let parts): _ = arrays.reduce(parts: parts, count: count)
    }
    let seconds = (ContinuousClock.now - start).seconds
    return Double(arrays.count * bytesPerElement(entry)) / seconds / 1e9
  }

  private func bytesPerElement(_ entry: Entry) -> Int {
    switch entry {
    case .stream(let kernel): kernel.bytesPerElement
    case .reduce(_, let parts): 8 * parts + 4
    }
  }

  private func figure(_ entry: Entry, _ rates: [Double], shares: [Double]) -> Figure {
    let (name, parts, count): (String, Int?, Int) =
      switch entry {
      case .stream(let kernel): (kernel.rawValue, nil, arrays.count)
      case .reduce(let count, let parts): ("reduce", parts, count)
      }
    return Figure(
      name: name, parts: parts, count: count, bytesPerElement: bytesPerElement(entry),
      median: median(rates), minimum: rates.min() ?? 0, maximum: rates.max() ?? 0,
      shareOfTriad: median(shares))
  }

  /// The middle value, the upper of the two middle ones for an even count.
  private func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}
