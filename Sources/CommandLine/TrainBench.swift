import ArgumentParser
import Chorus
import Foundation

/// `chorus bench train`.
struct TrainBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Measures training: each replica alone, then all together.",
    discussion: """
      Every placement first trains the same steps from the same weights, and their SHA-256 must be equal; only \
      then is time taken. The placements take turns, several rounds, so that a noisy machine slows all of them; \
      the figures are medians. A recipe that memory cannot hold, or that would take too long, is skipped with a \
      message. benchmarks/README.md states the method.
      """)

  /// What is measured where nothing is named: from the smallest network to a large one of each kind.
  static let standardRecipes = ["mlp", "lenet", "resnet18", "resnet50", "gpt2-124m"]

  @Argument(
    help: ArgumentHelp(
      "Recipes to measure: files, or names of those that are built in (default: all, see --recipes).",
      discussion: "Noise takes the place of data that is not there.", valueName: "recipes"))
  var recipeNames: [String] = []

  @Option(
    help: ArgumentHelp(
      "Recipes to measure, with commas between them; all is mlp, lenet, resnet18, resnet50, gpt2-124m.",
      valueName: "names"))
  var recipes: String?

  @Option(help: "A recipe that is built in; may be given several times.")
  var model: [String] = []

  @Option(
    help: "Replicas, as for `chorus train --devices`; each is measured alone and all together.")
  var devices = "every"

  @Option(
    help: ArgumentHelp("How kernels are written, as for `chorus train`.", valueName: "variant"))
  var kernels = KernelOption.auto

  @Option(parsing: .unconditional, help: "Rounds; each placement is timed once a round.")
  var rounds = 7

  @Option(parsing: .unconditional, help: "Seconds that one timing takes at least.")
  var seconds = 2.0

  @Option(
    parsing: .unconditional,
    help: "Minutes that a recipe may take: beyond, rounds are left out, or the recipe.")
  var minutes = 10.0

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Make the last replica so many times slower, alone and together; may be given several times.",
      valueName: "factor"))
  var slow: [Double] = []

  @Flag(
    help: "Time one placement after another, as is done where memory does not hold all of them.")
  var oneByOne = false

  @Flag(
    help: "Take the time of every launch instead, on each device alone: what a step's time goes to."
  )
  var profile = false

  @Option(help: ArgumentHelp("Also write the figures as JSON.", valueName: "file"))
  var out: String?

  @Option(help: ArgumentHelp("Compare with what --out wrote earlier.", valueName: "file"))
  var compare: String?

  func validate() throws {
    guard rounds > 0 else { throw ValidationError("--rounds \(rounds) must be at least 1.") }
    for factor in slow where !(1...100).contains(factor) {
      throw ValidationError("--slow \(factor) must be from 1 to 100.")
    }
    guard seconds > 0 else { throw ValidationError("--seconds \(seconds) must be positive.") }
    guard minutes > 0 else { throw ValidationError("--minutes \(minutes) must be positive.") }
    guard compare == nil || !profile else {
      throw ValidationError("--compare does not go with --profile.")
    }
    guard DeviceRequest(devices) != nil else {
      throw ValidationError("--devices \(devices) is not a request; see chorus train --help.")
    }
  }

  func run() throws {
    let earlier = try compare.map {
      try BenchReport<[TrainingBenchmark.Result]>(contentsOf: $0)
    }
    // A wrong name is told before anything is measured.
    for name in chosenNames { _ = try ChosenRecipe(name) }
    let selection = try Placement.select(
      DeviceRequest(devices) ?? .every, variant: kernels.variant)
    let inventory = try Host.inventory()
    if profile {
      try profileLaunches(selection, inventory)
      return
    }
    let peaks = DevicePeaks(inventory)
    var results: [TrainingBenchmark.Result] = []
    var skipped: [String] = []
    for name in chosenNames {
      // One at a time: the data of a large network takes memory too.
      let (name, run) = try prepare(name, selection, inventory)
      for factor in slow.isEmpty ? [1] : slow {
        do {
          let result = try TrainingBenchmark(
            name, run, selection.members, settings(slowed: factor), peaks: peaks
          ).measure()
          result.lines.forEach { Console.print($0) }
          results.append(result)
        } catch let skip as Skipped {
          Console.note(skip.reason)
          skipped.append(skip.reason)
        }
      }
    }
    guard !results.isEmpty else {
      throw CommandFailure.failed("nothing was measured: all recipes were skipped")
    }
    var report = BenchReport(
      devices: descriptions(selection), results: results, skipped: skipped)
    if let compare, let earlier { report.compare(with: earlier, named: compare) }
    if let out { try report.write(to: out) }
  }

  private var chosenNames: [String] {
    let listed = (recipes ?? "").split(separator: ",").flatMap {
      $0 == "all" ? Self.standardRecipes : [String($0)]
    }
    let names = recipeNames + model + listed
    guard names.isEmpty else { return names }
    // A profile takes no minutes into account.
    return profile ? ["mlp", "lenet"] : Self.standardRecipes
  }

  private func settings(slowed: Double) -> TrainingBenchmark.Settings {
    TrainingBenchmark.Settings(
      rounds: rounds, seconds: seconds, minutes: minutes, slowed: slowed, isOneByOne: oneByOne)
  }

  /// A recipe whose kernels all devices have been tested for.
  private func prepare(
    _ recipe: String, _ selection: DeviceSelection, _ inventory: DeviceInventory
  ) throws -> (name: String, run: RecipeRun) {
    var prepared = try TrainingBenchmark.prepare(recipe)
    prepared.run.configuration.kernels = kernels.variant
    try Placement.check(
      selection, inventory, SelfTest(cache: CacheFolder(), variant: kernels.variant),
      kernels: prepared.run.kernels)
    return prepared
  }

  private func profileLaunches(
    _ selection: DeviceSelection, _ inventory: DeviceInventory
  ) throws {
    var results: [LaunchProfiling.Result] = []
    for recipe in chosenNames {
      let (name, run) = try prepare(recipe, selection, inventory)
      for member in selection.members {
        results.append(try LaunchProfiling.measure(name, run, member, seconds: seconds))
      }
    }
    guard let out else { return }
    try BenchReport(devices: descriptions(selection), results: results).write(to: out)
  }

  private func descriptions(_ selection: DeviceSelection) -> [DeviceDescription] {
    selection.members.map { DeviceDescription($0.device, index: $0.index, selfTest: .passed) }
  }
}
