public import ComputeGraph
public import DataParallel
public import Execution
public import Recipes

extension OptimizerSettings {
  /// The optimizer and the schedule of a recipe.
  public init(_ recipe: Recipe) {
    self.init(
      Optimizer(recipe.optimizer.rule), rate: recipe.optimizer.learningRate,
      schedule: Schedule(recipe.schedule, peak: recipe.optimizer.learningRate))
    weightDecay = recipe.optimizer.weightDecay
    decaysBiasesAndNorms = recipe.optimizer.decaysBiasesAndNorms
    clipNorm = recipe.optimizer.clipNorm
    averageDecay = recipe.optimizer.emaDecay
  }
}

extension Optimizer {
  /// The rule of a recipe.
  public init(_ rule: OptimizerRecipe.Rule) {
    self =
      switch rule {
      case .sgd(let momentum, let nesterov): .sgd(momentum: momentum, nesterov: nesterov)
      case .adam(let betas, let epsilon):
        .adam(beta1: betas.first, beta2: betas.second, epsilon: epsilon)
      case .adamw(let betas, let epsilon):
        .adamW(beta1: betas.first, beta2: betas.second, epsilon: epsilon)
      case .lion(let betas): .lion(beta1: betas.first, beta2: betas.second)
      }
  }
}

extension Schedule {
  /// The schedule of a recipe whose highest rate is `peak`.
  public init(_ recipe: ScheduleRecipe, peak: Double) {
    let course: Course =
      switch recipe.curve {
      case .constant: .constant
      case .step(let every, let factor): .step(every: every, factor: factor)
      case .linear(let minimum): .linear(minimum: minimum)
      case .cosine(let minimum): .cosine(minimum: minimum)
      case .oneCycle(let share, let factor, let minimum):
        // A first rate of 0 has no multiple above it, so the least positive factor stands for it.
        .oneCycle(
          rise: share, initialDivisor: 1 / max(factor, 0x1p-60),
          finalDivisor: peak * max(factor, 0x1p-60) / minimum)
      }
    self.init(course, warmUpSteps: recipe.warmupSteps)
  }
}

extension LossRecipe {
  /// The operation at the end of the graph.
  public var operation: any LossOperation {
    switch self {
    case .crossEntropy(let smoothing, let ignored):
      CrossEntropy(labelSmoothing: Float(smoothing), ignoredIndex: ignored)
    case .meanSquaredError: MeanSquaredError()
    case .huber(let delta): Huber(delta: Float(delta))
    case .binaryCrossEntropy: BinaryCrossEntropy()
    }
  }
}
