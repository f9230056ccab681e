import ComputeGraph
public import DataParallel
import Execution
public import Recipes

/// All that a training run needs and that its recipe decides: the data, the network, how it is trained.
public struct RecipeRun: Sendable {
  /// The recipe.
  public let recipe: Recipe
  /// The examples.
  public let data: RecipeData
  /// The network, without its loss.
  public let model: Model
  /// What a trainer computes; where, is left to the caller, who may set the properties that change no bit.
  public var configuration: TrainerConfiguration
  /// Steps in which every training example is seen once.
  public let stepsPerEpoch: Int
  /// The kernels that training and evaluation run: those that a self-test must find right.
  public let kernels: Set<String>

  /// Reads the data of a recipe and plans its run.
  ///
  /// - Throws: `DatasetError`, `GraphError` or `TrainingError.invalidConfiguration`: what in the recipe or the data
  ///   cannot be used.
  public init(_ recipe: Recipe) throws {
    try Self.checkTargets(recipe)
    let data = try RecipeData(recipe)
    let batch = recipe.training.batch
    let stepsPerEpoch = (data.training.count + batch - 1) / batch
    let steps =
      switch recipe.training.length {
      case .steps(let steps): steps
      case .epochs(let epochs): epochs * stepsPerEpoch
      }
    // Recipes that give steps have been checked; those that give epochs could not be.
    guard recipe.schedule.warmupSteps < steps else {
      throw TrainingError.invalidConfiguration(
        "schedule.warmup_steps must be below the \(steps) steps of this run, but it is"
          + " \(recipe.schedule.warmupSteps); give fewer, or more training.epochs")
    }
    let model = try recipe.model.model(
      input: data.training.exampleShape,
      classes: recipe.model.classes ?? recipe.model.vocabulary ?? data.training.classCount)
    let graph = try model.graph(loss: recipe.loss.operation)
    let configuration = try TrainerConfiguration(
      graph: graph, batch: batch, grain: recipe.training.grain, steps: steps,
      seed: recipe.training.seed, optimizer: OptimizerSettings(recipe))
    try configuration.checkExamples(data.training)
    self.recipe = recipe
    self.data = data
    self.model = model
    self.configuration = configuration
    self.stepsPerEpoch = stepsPerEpoch
    kernels = try Self.kernels(of: configuration)
  }

  /// Whether the network predicts the next token of a text.
  public var isLanguageModel: Bool {
    if case .gpt = recipe.model.architecture { true } else { false }
  }

  /// All data that recipes name have classes.
  private static func checkTargets(_ recipe: Recipe) throws {
    if case .crossEntropy = recipe.loss { return }
    throw TrainingError.invalidConfiguration(
      "loss.name must be cross_entropy: the targets of all sources of recipes are classes or tokens, not numbers"
    )
  }

  static func kernels(of configuration: TrainerConfiguration) throws -> Set<String> {
    let plan = try Plan(configuration.graph)
    let steps = plan.prologue + plan.forward + plan.evaluation + plan.backward
    var kernels = Set(steps.map(\.kernel))
    kernels.insert(configuration.optimizer.optimizer.kernel)
    if plan.graph.parameters.contains(where: { !$0.isTrained }) {
      kernels.insert("statistic_update")
    }
    if configuration.optimizer.averageDecay != nil { kernels.insert("average_update") }
    return kernels
  }
}

extension ModelRecipe {
  /// Tokens that a language model tells apart, where the recipe says how many.
  var vocabulary: Int? {
    if case .gpt(let gpt) = architecture { gpt.vocabulary } else { nil }
  }
}
