import Chorus
import Foundation

/// What `summary.json` holds.
struct Summary: Encodable {
  struct Configuration: Encodable {
    let model: String
    /// The file, and the name that the recipe gives itself.
    let recipe: String
    let recipeName: String?
    /// The options that changed the recipe, as `chorus train` takes them.
    let arguments: [String]
    let data: String
    let trainingExamples: Int
    let heldOutExamples: Int
    let batch: Int
    let grain: Int
    let epochs: Double
    let steps: Int
    let seed: UInt64
    let optimizer: String
    let learningRate: Double
    /// Of sgd; left out for others.
    let momentum: Double?
    let weightDecay: Double
    let clipNorm: Double?
    let emaDecay: Double?
    let schedule: String
    let warmupSteps: Int
    let loss: String
    let devices: String
    let split: String
    let mode: String
  }

  struct Replica: Encodable {
    let name: String
    let index: Int
    let device: String
    let platform: String
    let driver: String
    let computeUnits: Int
    /// Grains computed in all.
    let grains: Int
    /// Mean examples per second while it computed.
    let examplesPerSecond: Double
  }

  struct Timings: Encodable {
    let prepareSeconds: Double
    let trainingSeconds: Double
    let examplesPerSecond: Double
  }

  struct HeldOut: Codable {
    /// Steps before the evaluation.
    let step: Int
    let examples: Int
    let loss: Double
    let accuracy: Double
    /// Of language models.
    let perplexity: Double?
  }

  /// The run's `id` in `run.json`.
  let run: String
  let configuration: Configuration
  let versions: [String: String]
  let devices: [Replica]
  /// Mean loss of each step, before its update.
  let lossCurve: [Double]
  /// Held-out results after each epoch, or where the recipe asks for them.
  let epochs: [HeldOut]
  let heldOut: HeldOut
  let timings: Timings
  let parameters: Int
  /// The characters of a text, in the order of their tokens; left out for other data.
  let vocabulary: [String]?
  let interrupted: Bool
  /// Steps after which the run was resumed; left out for a run in one piece.
  let resumedAfter: [Int]?
  /// Hash of the weights in `model.safetensors`.
  let weightsSHA256: String
  /// Hash of those in `model-last.safetensors`, where an average is kept.
  let lastWeightsSHA256: String?

  enum CodingKeys: String, CodingKey {
    case run, configuration, versions, devices, lossCurve, epochs, heldOut, timings, parameters
    case vocabulary, interrupted, resumedAfter
    case weightsSHA256 = "weights_sha256"
    case lastWeightsSHA256 = "last_weights_sha256"
  }
}

extension Summary.Configuration {
  /// What the recipe and the options say.
  ///
  /// - Parameters:
  ///   - run: The recipe with its data.
  ///   - chosen: Where the recipe came from.
  ///   - options: The options of `chorus train`.
  ///   - steps: Steps that were trained.
  init(_ run: RecipeRun, _ chosen: ChosenRecipe, _ options: TrainOptions, steps: Int) {
    let recipe = run.recipe
    model = recipe.model.name.rawValue
    self.recipe = chosen.text.file
    recipeName = recipe.name
    arguments = chosen.arguments
    data = options.data ?? run.data.name
    trainingExamples = run.data.training.count
    heldOutExamples = run.data.heldOut.count
    batch = run.configuration.batch
    grain = run.configuration.grain
    epochs = Double(steps) / Double(run.stepsPerEpoch)
    self.steps = steps
    seed = run.configuration.seed
    optimizer = recipe.optimizer.rule.name.rawValue
    learningRate = recipe.optimizer.learningRate
    if case .sgd(let momentum, _) = recipe.optimizer.rule {
      self.momentum = momentum
    } else {
      momentum = nil
    }
    weightDecay = recipe.optimizer.weightDecay
    clipNorm = recipe.optimizer.clipNorm
    emaDecay = recipe.optimizer.emaDecay
    schedule = recipe.schedule.curve.name.rawValue
    warmupSteps = recipe.schedule.warmupSteps
    loss = recipe.loss.name.rawValue
    devices = options.devices ?? "all"
    split = options.split ?? "measured"
    mode = "reproducible"
  }
}

extension Summary.HeldOut {
  /// What an evaluation after `step` steps found.
  init(_ evaluation: Evaluation, step: Int, isLanguageModel: Bool) {
    let measures = Measures(evaluation, isLanguageModel: isLanguageModel)
    self.init(
      step: step, examples: evaluation.examples, loss: evaluation.loss,
      accuracy: evaluation.accuracy, perplexity: measures.perplexity)
  }
}
