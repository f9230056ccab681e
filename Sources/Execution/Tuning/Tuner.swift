public import ComputeGraph
public import OpenCL

/// Looks for the fastest tile of every product of a plan on one device.
///
/// Not Sendable: use it from one thread, which it blocks. A tile changes the speed, never the bits: one that is chosen
/// is also compared with the standard one, and refused where what it writes differs.
public final class Tuner {
  /// What became of one product.
  public struct Outcome: Sendable {
    /// Which product.
    public let key: TileKey
    /// The tile that was chosen, which may be the standard one.
    public let choice: TunedTile
    /// Launches of such a product in one step.
    public let launchCount: Int
    /// Tiles that were timed, the standard one included; 1 where the budget left nothing for others.
    public let timedCount: Int
    /// Tiles that were faster and gave other bits: the device's driver is at fault.
    public let refused: [Tile]
  }

  /// A product, and its standard tile.
  private struct Work {
    let key: TileKey
    let step: Step
    let request: Step.TileRequest
    let standard: TuningBench.Trial
    var launchCount = 1

    var seconds: Double { standard.seconds * Double(launchCount) }
  }

  /// Another tile must be so much faster than the standard one.
  private static let leastGain = 0.02
  /// A search ends when so many tiles in a row were no faster.
  private static let patience = 12

  private let bench: TuningBench
  private let context: Context
  private let cache: ProgramCache?
  /// Builds candidates, whose programs are not worth keeping on disk.
  private let builder: KernelBuilder
  /// Tiles that a kernel with its options has been built with: they cost little for its other shapes.
  private var built: [[String]: Set<Tile>] = [:]

  /// Allocates the memory of a plan on a device.
  ///
  /// - Parameters:
  ///   - plan: The products to tune are those of its steps.
  ///   - examples: Most examples of one wave.
  ///   - grain: Examples of a grain.
  ///   - device: The device.
  ///   - kernels: How kernels are written; nil for what suits the device.
  ///   - cache: Keeps the programs of standard tiles on disk.
  /// - Throws: The OpenCL call that failed.
  public init(
    _ plan: Plan, examples: Int, grain: Int, device: Device, kernels: KernelVariant? = nil,
    cache: ProgramCache? = nil
  ) throws(OpenCLError) {
    context = try Context(device: device)
    builder = KernelBuilder(
      library: KernelLibrary(context: context), variant: kernels ?? KernelVariant(for: device),
      tiles: .standard)
    bench = try TuningBench(plan, examples: examples, grain: grain, context: context)
    self.cache = cache
  }

  /// Tunes the products, those that take longest first, each for its share of the budget.
  ///
  /// - Parameters:
  ///   - budget: Seconds for other tiles than the standard ones, most of which is compiling.
  ///   - known: Choices of an earlier run, which are tried first.
  ///   - report: Called when a product is done.
  /// - Returns: Choices for the products that another tile was timed for.
  /// - Throws: The OpenCL call that failed with a standard tile; other tiles may fail.
  public func run(
    budget: Double, known: TileTable = TileTable(), report: (Outcome) -> Void = { _ in }
  ) throws(OpenCLError) -> TileTable {
    let works = try standardTiles()
    var table = TileTable()
    var (left, total) = (budget, works.reduce(0) { $0 + $1.seconds })
    for work in works {
      let start = ContinuousClock.now
      let share = .seconds(left * work.seconds / max(total, work.seconds)) as Duration
      let outcome = try tune(work, known: known[work.key]?.tile, until: start + share)
      if outcome.timedCount > 1 { table[work.key] = outcome.choice }
      report(outcome)
      left = max(0, left - (ContinuousClock.now - start) / .seconds(1))
      total -= work.seconds
    }
    return table
  }

  /// Every product once, timed with its standard tile, the longest first.
  private func standardTiles() throws(OpenCLError) -> [Work] {
    let builder = KernelBuilder(
      library: KernelLibrary(context: context, cache: cache), variant: builder.variant,
      tiles: .standard)
    var works: [Work] = []
    for step in bench.plan.forward + bench.plan.backward {
      guard let request = step.tile,
        let standard = try bench.standardTrial(step, builder),
        let key = TileKey(
          step, examples: bench.examples, grain: bench.grain, variant: standard.variant)
      else { continue }
      if let index = works.firstIndex(where: { $0.key == key }) {
        works[index].launchCount += 1
        continue
      }
      try bench.refill(step)
      for _ in 0..<3 { try bench.time(standard) }
      works.append(Work(key: key, step: step, request: request, standard: standard))
    }
    return works.sorted { $0.seconds > $1.seconds }
  }

  /// Times candidates until the deadline: those that are built, then those that are most like the fastest so far.
  private func tune(
    _ work: Work, known: Tile?, until deadline: ContinuousClock.Instant
  ) throws(OpenCLError) -> Outcome {
    let program = [work.key.kernel] + work.key.options
    var (trials, fastest, misses) = ([work.standard], work.standard, 0)
    let (variant, limits) = (work.standard.variant, GroupLimits(context.device))
    var untried = work.request.candidates(
      variant, waveRows: work.request.rows * bench.examples, limits: limits
    ).filter { $0 != work.standard.tile }
    if let known, work.request.allows(known, variant, limits: limits), known != work.standard.tile {
      untried.removeAll { $0 == known }
      untried.insert(known, at: 0)
    }
    try bench.refill(work.step)
    while misses < Self.patience, ContinuousClock.now < deadline {
      let order = { (tile: Tile) in
        tile == known ? -1 : self.built[program]?.contains(tile) == true ? 0 : 1
      }
      let next = untried.indices.min {
        (order(untried[$0]), untried[$0].distance(to: fastest.tile))
          < (order(untried[$1]), untried[$1].distance(to: fastest.tile))
      }
      guard let next else { break }
      let tile = untried.remove(at: next)
      // A tile that this driver cannot build or run is none.
      guard let trial = try? bench.trial(work.step, tile, builder) else { continue }
      // In turn, so that a busy machine slows both.
      for _ in 0..<3 where trial.rounds.isEmpty || trial.seconds < 1.3 * fastest.seconds {
        try bench.time(trial)
        try bench.time(fastest)
      }
      trials.append(trial)
      misses = built[program, default: []].insert(tile).inserted ? misses + 1 : misses
      if trial.seconds < fastest.seconds { (fastest, misses) = (trial, 0) }
    }
    return try choose(work, trials)
  }

  /// Times the fastest ones once more, all in turn, and takes the fastest whose bits are the standard tile's.
  private func choose(
    _ work: Work, _ trials: [TuningBench.Trial]
  ) throws(OpenCLError) -> Outcome {
    let standard = work.standard
    let faster = trials.filter { $0 !== standard && $0.seconds < standard.seconds }
    let finalists = faster.sorted { $0.seconds < $1.seconds }.prefix(3)
    let rounds = min(max(11, Int(0.2 / standard.seconds)), 50)
    if !finalists.isEmpty {
      for trial in [standard] + finalists { trial.rounds = [] }
      for _ in 0..<rounds {
        for trial in [standard] + finalists { try bench.time(trial) }
      }
    }
    var (chosen, refused) = (standard, [Tile]())
    for trial in finalists.sorted(by: { $0.seconds < $1.seconds })
    where chosen === standard && isFaster(trial, than: standard) {
      if try bench.digest(trial) == bench.digest(standard) {
        chosen = trial
      } else {
        refused.append(trial.tile)
      }
    }
    let (operand, operations) = bench.describe(standard)
    let choice = TunedTile(
      operand: operand, operations: operations, tile: chosen.tile, seconds: chosen.seconds,
      standard: standard.tile,
      standardSeconds: standard.seconds)
    return Outcome(
      key: work.key, choice: choice, launchCount: work.launchCount, timedCount: trials.count,
      refused: refused)
  }
  /// By its shortest round and its middle one, and in three of four rounds: on a busy machine a few may be luck.
  private func isFaster(_ trial: TuningBench.Trial, than standard: TuningBench.Trial) -> Bool {
    let limit = 1 - Self.leastGain
    let wins = zip(trial.rounds, standard.rounds).count { $0 < limit * $1 }
    return trial.seconds < limit * standard.seconds && trial.median < limit * standard.median
      && 4 * wins >= 3 * trial.rounds.count
  }
}
