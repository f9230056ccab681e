import ArgumentParser
import Chorus
import Foundation

/// `chorus train`.
struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Trains a network on every device at once.",
    discussion: """
      Examples:
        chorus train                                  lenet on drawn digits, all devices
        chorus train mlp --data mnist                 MNIST's IDX files in the folder mnist
        chorus train recipes/gpt.toml --data a.txt    a recipe file, and a text
        chorus train resnet18 --set training.batch=64 --set schedule.name=linear
        chorus train --devices 0/2 --split 1:7        two halves of device 0, unequal shares
        chorus train --devices every --steps 60       both platforms of one CPU; the same SHA-256
        chorus train --resume runs/lenet-20260101-120000   continues a run, on any devices

      Exit status: 0 done, 1 failed, 2 a request that cannot be met, 130 interrupted (what was trained is saved).
      """)

  @OptionGroup var options: TrainOptions
  @OptionGroup(title: "Devices that fail") var engine: EngineOptions

  func run() throws {
    if let folder = options.resume {
      let record = try RunRecord(resuming: folder)
      try train(
        options.continuing(record), try ChosenRecipe(record, folder: folder, data: options.data),
        record)
    } else {
      try train(options, try ChosenRecipe(options), nil)
    }
  }

  /// Trains a recipe, from its start or (with a record) from where its run came to.
  private func train(_ options: TrainOptions, _ chosen: ChosenRecipe, _ record: RunRecord?) throws {
    if let folder = options.resume, let ending = record?.finished(in: folder) {
      RunLog(json: options.json, isLanguageModel: false)
        .alreadyFinished(folder, steps: ending.steps, hash: ending.hash)
      return
    }
    var recipeRun = try RecipeRun(chosen.recipe)
    recipeRun.configuration.split = try options.splitChoice()
    recipeRun.configuration.programCache = CacheFolder().programs
    recipeRun.configuration.tuning = CacheFolder().tiles
    recipeRun.configuration.kernels = options.kernels.variant
    let placement = try Placement(options, recipeRun)
    let log = RunLog(json: options.json, isLanguageModel: recipeRun.isLanguageModel)
    placement.notes.forEach(log.note)
    try engine.apply(
      to: &recipeRun.configuration, replicas: placement.members.map(\.name))
    recipeRun.configuration.selfTest = Placement.selfTest(
      kernels: recipeRun.kernels, variant: options.kernels.variant)
    if engine.isolate { recipeRun.configuration.isolation = Isolation(chosen, recipeRun) }

    let folder =
      try options.resume.map { try RunFolder($0, option: "--resume") }
      ?? RunFolder(options.out ?? Self.defaultFolder(chosen.name))
    defer { folder.removeIfEmpty() }
    try folder.requireRoom(byteCount: Self.savedByteCount(recipeRun.configuration))
    Interrupt.watch()
    let checkpoints = RunCheckpoints(folder, options, log: log)
    let start =
      try record.map(RunStart.init) ?? RunStart(chosen, options, folder, checkpoints.store)
    let run = TrainingRun(
      options: options, explains: engine.explain, chosen: chosen, run: recipeRun,
      placement: placement, log: log, folder: folder, start: start, checkpoints: checkpoints)
    do {
      try run.train()
    } catch {
      checkpoints.finish()
      if checkpoints.store.steps.isEmpty {
        checkpoints.store.removeAll()
        start.undo(in: folder)
      } else if Self.mayPass(error) {
        Console.note("what was trained up to the last checkpoint is kept; \(run.howToResume)")
      }
      throw error
    }
    if Interrupt.signal != nil, !run.isFinished {
      throw CommandFailure(message: run.interruptedMessage, status: 130)
    }
    if let steps = options.prove { try run.prove(steps: steps) }
    log.nextSteps(options: options)
  }

  /// Whether the same run can do better another time: what the recipe decides happens again.
  private static func mayPass(_ error: any Error) -> Bool {
    switch error {
    case TrainingError.diverged, TrainingError.gradientNotFinite: false
    case let failure as CommandFailure: failure.status != 2
    default: true
    }
  }

  /// The values, twice where an average is kept, and a mebibyte for the headers and the summary.
  private static func savedByteCount(_ configuration: TrainerConfiguration) -> Int {
    let values = configuration.graph.parameters.reduce(0) { $0 + $1.shape.count }
    return values * 4 * (configuration.optimizer.averageDecay == nil ? 1 : 2) + 1 << 20
  }

  private static func defaultFolder(_ recipe: String) -> String {
    let format = DateFormatter()
    format.locale = Locale(identifier: "en_US_POSIX")
    format.dateFormat = "yyyyMMdd-HHmmss"
    return "runs/\(recipe)-\(format.string(from: Date()))"
  }
}
