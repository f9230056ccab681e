public import ComputeGraph
public import DataParallel
import Execution
public import Recipes

/// What a process that computes for another one needs of a recipe: the network and how it is updated, but no data.
public struct RecipeReplica: Sendable {
  /// The same as that of the run in all that a replica does.
  public var configuration: TrainerConfiguration
  /// The kernels that training and evaluation run.
  public let kernels: Set<String>

  /// Builds the network for data that another process has.
  ///
  /// - Parameters:
  ///   - recipe: The recipe of the run.
  ///   - input: Shape of an example.
  ///   - classes: Classes, or tokens, of the data.
  ///   - steps: Steps of the run.
  /// - Throws: `GraphError` or `TrainingError.invalidConfiguration`.
  public init(_ recipe: Recipe, input: Shape, classes: Int, steps: Int) throws {
    let model = try recipe.model.model(
      input: input, classes: recipe.model.classes ?? recipe.model.vocabulary ?? classes)
    configuration = try TrainerConfiguration(
      graph: model.graph(loss: recipe.loss.operation), batch: recipe.training.batch,
      grain: recipe.training.grain, steps: steps, seed: recipe.training.seed,
      optimizer: OptimizerSettings(recipe))
    kernels = try RecipeRun.kernels(of: configuration)
  }
}
