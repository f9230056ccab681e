import Chorus
import Foundation

/// Times the training of one recipe on each replica alone and on all together.
struct TrainingBenchmark {
  /// Examples per second of one placement.
  struct Figure: Encodable {
    let placement: String
    let median: Double
    let minimum: Double
    let maximum: Double
  }

  /// The figures of one recipe.
  struct Result: Encodable {
    let model: String
    let batch: Int
    let grain: Int
    /// How many times slower the last replica was made; 1 for not at all.
    let slowed: Double
    let rounds: Int
    /// Examples per second.
    let figures: [Figure]
    let sumOfSolos: Double
    /// Median over the rounds of all together ÷ sum of the solos of the same round.
    let efficiency: Double
    /// What every placement's weights were after the steps of the check.
    let weightsSHA256: String
  }

  private static let checkedSteps = 3
  private let name: String
  private let run: RecipeRun
  private let placements: [(name: String, participants: [Participant])]
  private let rounds: Int
  private let seconds: Double
  private let slowed: Double

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
    _ name: String, _ run: RecipeRun, _ members: [DeviceSelection.Member], slowed: Double = 1,
    rounds: Int, seconds: Double
  ) throws {
    var run = run
    if slowed > 1, let last = members.last {
      run.configuration.injections = [
        Injection(step: 1, device: last.name, kind: .slow(slowed))
      ]
    }
    self.name = name
    self.run = run
    self.slowed = slowed
    self.rounds = rounds
    self.seconds = seconds
    let participants = try members.map {
      Participant(device: $0.device, name: $0.name, link: try LinkProbe.link(to: $0.device))
    }
    let solos = zip(members, participants).map {
      ("\($0.name) alone (\($0.device.platformName))", [$1])
    }
    placements =
      solos.count == 1
      ? solos : solos + [(members.map(\.name).joined(separator: " + "), participants)]
  }

  /// Checks that all placements give the same weights, then times them in turn and prints a table.
  func measure() throws -> Result {
    let trainers = try placements.map { placement in
      var configuration = run.configuration
      configuration.injections.removeAll { fault in
        !placement.participants.contains { $0.name == fault.device }
      }
      return try Trainer(
        configuration, source: run.data.training, participants: placement.participants)
    }
    let hash = try check(trainers)
    // The scheduler learns, caches fill, and the number of steps of one timing is found.
    let steps = try trainers.map { trainer in
      for _ in 0..<3 { try trainer.step() }
      return max(2, Int(seconds / (try trainer.step().seconds)))
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
    return report(figures, hash)
  }

  private func check(_ trainers: [Trainer]) throws -> String {
    var hashes: [String] = []
    for trainer in trainers {
      for _ in 0..<Self.checkedSteps { try trainer.step() }
      hashes.append(trainer.weights().sha256)
    }
    for (placement, hash) in zip(placements, hashes) where hash != hashes[0] {
      throw CommandFailure.failed(
        "\(placement.name) and \(placements[0].name) give different weights after"
          + " \(Self.checkedSteps) steps; nothing was timed. Run `chorus devices`")
    }
    return hashes[0]
  }

  private func report(_ figures: [[Double]], _ hash: String) -> Result {
    let soloCount = max(placements.count - 1, 1)
    let together = figures[figures.count - 1]
    let efficiencies = together.indices.map { round in
      together[round] / figures[..<soloCount].reduce(0) { $0 + $1[round] }
    }
    let result = Result(
      model: name, batch: run.configuration.batch, grain: run.configuration.grain, slowed: slowed,
      rounds: rounds,
      figures: zip(placements, figures).map { placement, values in
        Figure(
          placement: placement.name, median: values.median, minimum: values.min() ?? 0,
          maximum: values.max() ?? 0)
      },
      sumOfSolos: figures[..<soloCount].reduce(0) { $0 + $1.median },
      efficiency: efficiencies.median, weightsSHA256: hash)
    Console.print(
      "\(name), batch \(run.configuration.batch), grain \(run.configuration.grain)"
        + (slowed > 1 ? ", last replica slowed \(slowed)x" : "") + ", examples per second,"
        + " median of \(rounds) (minimum to maximum):")
    for figure in result.figures {
      Console.print(
        "  "
          + String(format: "%8.0f (%.0f to %.0f)  ", figure.median, figure.minimum, figure.maximum)
          + figure.placement)
    }
    if placements.count > 1 {
      Console.print(
        String(
          format: "  %8.0f  sum of the solos; all together reach %.2f of it", result.sumOfSolos,
          result.efficiency))
    }
    return result
  }
}

extension [Double] {
  /// The middle value; the mean of the two middle ones for an even count.
  var median: Double {
    let sorted = sorted()
    guard let last = sorted.last else { return 0 }
    let middle = sorted.count / 2
    if sorted.count == 1 { return last }
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }
}
