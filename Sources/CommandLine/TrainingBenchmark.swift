import Chorus
import Foundation

/// Times the training of one recipe on each replica alone and on all together.
struct TrainingBenchmark {
  /// How long and how often.
  struct Settings {
    var rounds = 7
    /// Seconds that one timing takes at least.
    var seconds = 2.0
    /// Minutes that a recipe may take; rounds are left out, or the whole recipe, where they would not do.
    var minutes = 10.0
    /// How many times slower the last replica is made.
    var slowed = 1.0
    /// Whether one placement is timed after another, even where memory holds all.
    var isOneByOne = false
  }

  private static let checkedSteps = 3
  private static let warmUpSteps = 4
  private let name: String
  private let run: RecipeRun
  private let placements: [TrainingPlacement]
  private let settings: Settings
  private let peaks: DevicePeaks

  /// A recipe with its data, or with noise where the data is not there.
  static func prepare(
    _ recipe: String, overrides: [RecipeOverride] = []
  ) throws -> (name: String, run: RecipeRun) {
    var chosen = try ChosenRecipe(recipe, overrides: overrides)
    var run: RecipeRun
    do {
      run = try RecipeRun(chosen.recipe)
    } catch let error as DatasetError {
      Console.note("\(recipe): noise in the place of its data: \(error)")
      chosen.useSyntheticData()
      run = try RecipeRun(chosen.recipe)
    }
    run.configuration.programCache = CacheFolder().programs
    run.configuration.tuning = CacheFolder().tiles
    return (chosen.name, run)
  }

  init(
    _ name: String, _ run: RecipeRun, _ members: [DeviceSelection.Member], _ settings: Settings,
    peaks: DevicePeaks
  ) throws {
    var run = run
    if settings.slowed > 1, let last = members.last {
      run.configuration.injections = [
        Injection(step: 1, device: last.name, kind: .slow(settings.slowed))
      ]
    }
    self.name = name
    self.run = run
    self.settings = settings
    self.peaks = peaks
    placements = try TrainingPlacement.all(members)
  }

  /// Checks that all placements give the same weights, and times them, in turn where memory holds them all.
  ///
  /// - Returns: The figures.
  /// - Throws: `Skipped` where memory or time would not do.
  func measure() throws -> Result {
    let operations = try Plan(run.configuration.graph).operationsPerExample
    let fits = try TrainingMemory(run.configuration, placements).fitsTogether(name)
    let takesTurns = fits && !settings.isOneByOne
    try checkTime(operations)
    var hash: String?
    var figures: [[Double]] = []
    for group in takesTurns ? [placements] : placements.map({ [$0] }) {
      let trainers = try group.map(trainer)
      for (placement, trainer) in zip(group, trainers) {
        for _ in 0..<Self.checkedSteps { try trainer.step() }
        let own = trainer.weights().sha256
        try check(own, hash ?? own, placement)
        hash = own
      }
      figures += try time(trainers)
    }
    return try result(figures, hash ?? "", operations, takesTurns: takesTurns)
  }

  private func trainer(_ placement: TrainingPlacement) throws -> Trainer {
    var configuration = run.configuration
    configuration.injections.removeAll { fault in
      !placement.participants.contains { $0.name == fault.device }
    }
    return try Trainer(
      configuration, source: run.data.training, participants: placement.participants)
  }

  private func check(_ hash: String, _ expected: String, _ placement: TrainingPlacement) throws {
    guard hash != expected else { return }
    throw CommandFailure.failed(
      "\(placement.name) and \(placements[0].name) give different weights after"
        + " \(Self.checkedSteps) steps; nothing was timed. Run `chorus devices`")
  }

  /// Examples per second of each trainer in each round.
  private func time(_ trainers: [Trainer]) throws -> [[Double]] {
    // The scheduler learns, caches fill, and the number of steps of one timing is found.
    var (steps, roundSeconds) = ([Int](), 0.0)
    for trainer in trainers {
      var last = 0.0
      for _ in 0..<Self.warmUpSteps { last = try trainer.step().seconds }
      // Two at least: the update of one step runs beside the next.
      steps.append(max(last > settings.seconds ? 1 : 2, Int(settings.seconds / max(last, 1e-9))))
      roundSeconds += last * Double(steps[steps.count - 1])
    }
    let share = Double(trainers.count) / Double(placements.count)
    let affordable = Int(settings.minutes * 60 * share / max(roundSeconds, 1e-9))
    let rounds = min(settings.rounds, max(1, affordable))
    if rounds < settings.rounds {
      Console.note(
        "\(name): \(rounds) of \(settings.rounds) rounds, as a round takes"
          + " \(Int(roundSeconds)) s; more with --minutes")
    }
    var figures = trainers.map { _ in [Double]() }
    for _ in 0..<rounds {
      for (index, trainer) in trainers.enumerated() {
        let start = ContinuousClock.now
        var examples = 0
        for _ in 0..<steps[index] { examples += try trainer.step().examples }
        figures[index].append(Double(examples) / (ContinuousClock.now - start).inSeconds)
      }
    }
    return figures
  }

  /// Skips a recipe whose steps would take too long even at the devices' peaks.
  private func checkTime(_ operationsPerExample: Int) throws {
    let operations = Double(operationsPerExample * run.configuration.batch)
    var stepSeconds = 0.0
    for placement in placements {
      stepSeconds += operations / (try peaks.operationsPerSecond(placement.members))
    }
    let least = stepSeconds * Double(Self.checkedSteps + Self.warmUpSteps + 1) / 60
    guard least > settings.minutes else { return }
    throw Skipped(
      reason: "\(name): skipped, as it would take \(Int(least.rounded(.up))) minutes or more;"
        + " allow that with --minutes, or train a smaller batch")
  }

  private func result(
    _ figures: [[Double]], _ hash: String, _ operations: Int, takesTurns: Bool
  ) throws -> Result {
    let soloCount = max(placements.count - 1, 1)
    // Where one placement was timed after another, some may have had fewer rounds.
    let rounds = figures.map(\.count).min() ?? 0
    let efficiencies = (0..<rounds).map { round in
      figures[figures.count - 1][round] / figures[..<soloCount].reduce(0) { $0 + $1[round] }
    }
    return Result(
      model: name, batch: run.configuration.batch, grain: run.configuration.grain,
      slowed: settings.slowed, rounds: rounds, takesTurns: takesTurns,
      operationsPerExample: operations,
      figures: try zip(placements, figures).map { placement, values in
        Figure(
          placement: placement.name, median: values.median, minimum: values.min() ?? 0,
          maximum: values.max() ?? 0,
          shareOfPeak: values.median * Double(operations)
            / (try peaks.operationsPerSecond(placement.members)))
      },
      sumOfSolos: figures[..<soloCount].reduce(0) { $0 + $1.median },
      efficiency: efficiencies.median, weightsSHA256: hash)
  }
}

/// Why a recipe is not measured on this host.
struct Skipped: Error {
  let reason: String
}

extension [Double] {
  /// The middle value; the mean of the two middle ones for an even count.
  var median: Double {
    guard !isEmpty else { return 0 }
    let sorted = sorted()
    return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2
  }
}
