import ComputeGraph

/// The scalars of one step's update, each rounded once from double precision.
public struct UpdateNumbers: Sendable, Hashable {
  /// Learning rate of the step.
  public let rate: Float
  /// Weight decay, for the parameters that decay.
  public let decay: Float
  /// What a gradient, a sum over the batch, is multiplied by: clipping / examples.
  public let factor: Float
  /// 1 - decay of the moving average of the weights; nil for no average.
  public let averageShare: Float?
  /// Whether biases and the scales and shifts of normalisations decay too.
  public let decaysBiases: Bool
  /// 1 / grains of the batch, for running statistics.
  public let inverseGrains: Float
  /// The numbers of the rule.
  public let rule: Rule

  /// The numbers that only one rule has; a share is 1 - beta, computed before it is rounded.
  public enum Rule: Sendable, Hashable {
    /// Gradient descent.
    case sgd(momentum: Float, nesterov: Bool)
    /// Adam and AdamW; in step s, correction1 = 1 / (1 - beta1^(s + 1)), correction2 = 1 / √(1 - beta2^(s + 1)).
    case adam(
      share1: Float, share2: Float, epsilon: Float, correction1: Float, correction2: Float,
      decoupled: Bool)
    /// Lion.
    case lion(share1: Float, share2: Float)
  }

  /// The numbers of step `step`, counted from 0.
  ///
  /// - Parameters:
  ///   - optimizer: The rule.
  ///   - step: The step, which decides Adam's corrections.
  ///   - rate: Learning rate of the step.
  ///   - decay: Weight decay.
  ///   - decaysBiases: Whether biases and the scales and shifts of normalisations decay too.
  ///   - factor: What gradients, sums over the batch, are multiplied by.
  ///   - grains: Grains of the batch.
  ///   - averageDecay: Share that the moving average of the weights keeps; nil for no average.
  public init(
    _ optimizer: Optimizer, step: Int, rate: Double, decay: Double = 0, decaysBiases: Bool = false,
    factor: Double, grains: Int, averageDecay: Double? = nil
  ) {
    self.rate = Float(rate)
    self.decay = Float(decay)
    self.factor = Float(factor)
    self.decaysBiases = decaysBiases
    inverseGrains = Float(1 / Double(grains))
    averageShare = averageDecay.map { Float(1 - $0) }
    switch optimizer {
    case .sgd(let sgd): rule = .sgd(momentum: Float(sgd.momentum), nesterov: sgd.nesterov)
    case .adam(let adam): rule = Self.rule(adam, step: step, decoupled: false)
    case .adamW(let adam): rule = Self.rule(adam, step: step, decoupled: true)
    case .lion(let lion):
      rule = .lion(share1: Float(1 - lion.beta1), share2: Float(1 - lion.beta2))
    }
  }

  private static func rule(_ adam: Optimizer.Adam, step: Int, decoupled: Bool) -> Rule {
    .adam(
      share1: Float(1 - adam.beta1), share2: Float(1 - adam.beta2), epsilon: Float(adam.epsilon),
      correction1: Float(1 / (1 - RealMath.power(adam.beta1, step + 1))),
      correction2: Float(1 / (1 - RealMath.power(adam.beta2, step + 1)).squareRoot()),
      decoupled: decoupled)
  }
}

/// A scalar argument of a kernel.
public enum UpdateArgument: Sendable, Hashable {
  /// A `float`.
  case float(Float)
  /// An `int`.
  case int(Int32)
}

extension UpdateNumbers {
  /// The arguments of the optimizer's kernel after `count`, in its order.
  ///
  /// - Parameter decays: Whether the weights of this launch decay.
  /// - Returns: As many arguments as the kernel has behind `count`.
  public func arguments(decays: Bool) -> [UpdateArgument] {
    let decay = decays ? decay : 0
    switch rule {
    case .sgd(let momentum, let nesterov):
      return [
        .float(rate), .float(momentum), .float(decay), .float(factor), .int(nesterov ? 1 : 0),
      ]
    case .adam(let share1, let share2, let epsilon, let correction1, let correction2, let decoupled):
      return [
        .float(rate), .float(share1), .float(share2), .float(epsilon), .float(decay),
        .float(correction1), .float(correction2), .float(factor), .int(decoupled ? 1 : 0),
      ]
    case .lion(let share1, let share2):
      return [.float(rate), .float(share1), .float(share2), .float(decay), .float(factor)]
    }
  }
}
