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
      the figures are medians. benchmarks/README.md states the method.
      """)

  @Argument(
    help: ArgumentHelp(
      "Recipes to measure: files, or names of those that are built in (default: mlp lenet).",
      discussion: "Noise takes the place of data that is not there.", valueName: "recipes"))
  var recipes: [String] = []

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
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Make the last replica so many times slower, alone and together; may be given several times.",
      valueName: "factor"))
  var slow: [Double] = []

  @Flag(
    help: "Take the time of every launch instead, on each device alone: what a step's time goes to."
  )
  var profile = false

  @Option(help: ArgumentHelp("Also write the figures as JSON.", valueName: "file"))
  var out: String?

  func validate() throws {
    guard rounds > 0 else { throw ValidationError("--rounds \(rounds) must be at least 1.") }
    for factor in slow where !(1...100).contains(factor) {
      throw ValidationError("--slow \(factor) must be from 1 to 100.")
    }
    guard seconds > 0 else { throw ValidationError("--seconds \(seconds) must be positive.") }
    guard DeviceRequest(devices) != nil else {
      throw ValidationError("--devices \(devices) is not a request; see chorus train --help.")
    }
  }

  func run() throws {
    let names = recipes + model
    let runs = try (names.isEmpty ? ["mlp", "lenet"] : names).map {
      var prepared = try TrainingBenchmark.prepare($0)
      prepared.run.configuration.kernels = self.kernels.variant
      return prepared
    }
    let kernels = runs.reduce(into: Set<String>()) { $0.formUnion($1.run.kernels) }
    let selection = try Placement.select(
      DeviceRequest(devices) ?? .every, kernels: kernels, variant: self.kernels.variant)
    if profile {
      try profileLaunches(runs, selection)
      return
    }
    var results: [TrainingBenchmark.Result] = []
    for (name, run) in runs {
      for factor in slow.isEmpty ? [1] : slow {
        results.append(
          try TrainingBenchmark(
            name, run, selection.members, slowed: factor, rounds: rounds, seconds: seconds
          ).measure())
      }
    }
    try write(results, selection)
  }

  private func profileLaunches(
    _ runs: [(name: String, run: RecipeRun)], _ selection: DeviceSelection
  ) throws {
    var results: [LaunchProfiling.Result] = []
    for (name, run) in runs {
      for member in selection.members {
        results.append(try LaunchProfiling.measure(name, run, member, seconds: seconds))
      }
    }
    try write(results, selection)
  }

  private func write(_ results: some Encodable, _ selection: DeviceSelection) throws {
    guard let out else { return }
    let devices = selection.members.map { member in
      DeviceDescription(member.device, index: member.index, selfTest: .passed)
    }
    try BenchReport(devices: devices, results: results).write(to: out)
  }
}
