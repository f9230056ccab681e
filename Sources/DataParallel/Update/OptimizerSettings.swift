public import Execution

/// How the weights follow the gradients over a run: part of the recipe, because it decides the bits.
public struct OptimizerSettings: Sendable, Hashable {
  /// The rule.
  public var optimizer: Optimizer
  /// Peak learning rate.
  public var rate: Double
  /// How the rate changes over the run.
  public var schedule: Schedule
  /// Share of the weights, times the rate, that is taken away at each step.
  public var weightDecay = 0.0
  /// Whether biases and the gains of normalisations decay too.
  public var decaysBiasesAndNorms = false
  /// The largest norm of the mean gradient over all parameters; longer ones are shortened to it.
  public var clipNorm: Double?
  /// Share that the moving average of the weights keeps at each step; nil for no average.
  public var averageDecay: Double?

  /// Settings without decay, clipping and averaging.
  public init(_ optimizer: Optimizer, rate: Double, schedule: Schedule = Schedule()) {
    self.optimizer = optimizer
    self.rate = rate
    self.schedule = schedule
  }

  /// The learning rate of a step of a run of `steps`.
  public func rate(at step: Int, of steps: Int) -> Double {
    schedule.rate(at: step, of: steps, peak: rate)
  }

  /// Everything an update needs beyond the arrays.
  ///
  /// - Parameters:
  ///   - step: The step, from 0.
  ///   - steps: Steps of the whole run.
  ///   - counted: Predictions of the global batch that count, which gradients are sums over.
  ///   - grains: Grains of the global batch.
  ///   - clipping: `GlobalNorm.clipping` of this step's gradients; 1 where nothing is clipped.
  /// - Returns: Numbers computed in double precision and rounded once.
  public func numbers(
    step: Int, of steps: Int, counted: Int, grains: Int, clipping: Double = 1
  ) -> UpdateNumbers {
    UpdateNumbers(
      optimizer, step: step, rate: rate(at: step, of: steps), decay: weightDecay,
      decaysBiases: decaysBiasesAndNorms, factor: clipping / Double(counted), grains: grains,
      averageDecay: averageDecay)
  }

  /// What is wrong with the settings for a run of `steps` steps, in words; nil if nothing is.
  public func problem(steps: Int) -> String? {
    guard rate > 0, Float(rate).isFinite else {
      return "the learning rate \(rate) is not a positive number"
    }
    guard weightDecay >= 0, Float(weightDecay).isFinite else {
      return "the weight decay \(weightDecay) is not a number of at least 0"
    }
    if let clipNorm, !(clipNorm > 0 && clipNorm.isFinite) {
      return "the norm to clip at, \(clipNorm), is not a positive number"
    }
    if let averageDecay, !(averageDecay >= 0 && averageDecay < 1) {
      return "the decay of the average, \(averageDecay), is not in [0, 1)"
    }
    return optimizer.problem ?? schedule.problem(steps: steps, peak: rate)
  }
}
