import ArgumentParser
import Chorus
import Foundation

/// `chorus train`.
struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Trains a network on every device at once.",
    discussion: """
      Examples:
        chorus train                                  drawn digits, all devices
        chorus train --data mnist --model mlp         MNIST's IDX files in the folder mnist
        chorus train --devices 0/2 --split 1:7        two halves of device 0, unequal shares
        chorus train --devices every --steps 60       both platforms of one CPU; the same SHA-256

      Exit status: 0 done, 1 failed, 2 a request that cannot be met, 130 interrupted (what was trained is saved).
      """)

  @OptionGroup var options: TrainOptions

  func run() throws {
    let data = try loadData()
    let configuration = try configuration(for: data)
    let placement = try Placement(options)
    let log = RunLog(json: options.json)
    placement.notes.forEach(log.note)

    let folder = try RunFolder(options.out ?? Self.defaultFolder(options.model))
    defer { folder.removeIfEmpty() }
    // The values, and a mebibyte for the headers and the summary.
    try folder.requireRoom(byteCount: configuration.graph.parameterCount * 4 + 1 << 20)
    Interrupt.watch()
    let run = TrainingRun(
      options: options, configuration: configuration, data: data, placement: placement, log: log,
      folder: folder)
    try run.train()
    if Interrupt.signal != nil {
      throw CommandFailure(message: run.interruptedMessage, status: 130)
    }
    if let steps = options.prove { try run.prove(steps: steps) }
    log.nextSteps(options: options, placement: placement)
  }

  private func loadData() throws -> TrainingData {
    guard let folder = options.data else {
      return DrawnDigits.make(seed: options.seed, trainingCount: 8000, heldOutCount: 2000)
    }
    do {
      return try MNIST.load(directory: folder)
    } catch {
      throw CommandFailure.usage("\(error)")
    }
  }

  private func configuration(for data: TrainingData) throws -> TrainerConfiguration {
    let model = options.model
    var configuration = try TrainerConfiguration(
      graph: model.graph(), batch: options.batch ?? model.batch,
      grain: options.grain ?? options.batch.map { min($0, model.grain) } ?? model.grain,
      seed: options.seed,
      optimizer: StochasticGradientDescent(rate: options.learningRate ?? model.learningRate))
    configuration.split = try options.splitChoice()
    configuration.programCache = CacheFolder().programs
    let shape = data.training.exampleShape
    guard shape == configuration.graph.inputShape else {
      throw TrainingError.invalidConfiguration(
        "--model \(model.rawValue) takes images of \(configuration.graph.inputShape), but those of"
          + " --data \(options.data ?? "") are \(shape)")
    }
    return configuration
  }

  private static func defaultFolder(_ model: ModelName) -> String {
    let format = DateFormatter()
    format.locale = Locale(identifier: "en_US_POSIX")
    format.dateFormat = "yyyyMMdd-HHmmss"
    return "runs/\(model.rawValue)-\(format.string(from: Date()))"
  }
}
