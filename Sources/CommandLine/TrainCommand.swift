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

      Exit status: 0 done, 1 failed, 2 a request that cannot be met, 130 interrupted (what was trained is saved).
      """)

  @OptionGroup var options: TrainOptions
  @OptionGroup(title: "Devices that fail") var engine: EngineOptions

  func run() throws {
    let chosen = try ChosenRecipe(options)
    var recipeRun = try RecipeRun(chosen.recipe)
    recipeRun.configuration.split = try options.splitChoice()
    recipeRun.configuration.programCache = CacheFolder().programs
    let placement = try Placement(options, kernels: recipeRun.kernels)
    let log = RunLog(json: options.json, isLanguageModel: recipeRun.isLanguageModel)
    placement.notes.forEach(log.note)
    try engine.apply(
      to: &recipeRun.configuration, replicas: placement.members.map(\.name))
    recipeRun.configuration.selfTest = placement.selfTest(kernels: recipeRun.kernels)

    let folder = try RunFolder(options.out ?? Self.defaultFolder(chosen.name))
    defer { folder.removeIfEmpty() }
    try folder.requireRoom(byteCount: Self.savedByteCount(recipeRun.configuration))
    Interrupt.watch()
    let run = TrainingRun(
      options: options, explains: engine.explain, chosen: chosen, run: recipeRun, placement: placement, log: log,
      folder: folder)
    try run.train()
    if Interrupt.signal != nil {
      throw CommandFailure(message: run.interruptedMessage, status: 130)
    }
    if let steps = options.prove { try run.prove(steps: steps) }
    log.nextSteps(options: options)
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
