/// `[optimizer]`: what a step does with the gradients.
public struct OptimizerRecipe: Sendable, Hashable {
  /// `name`, with the rule's own options.
  public var rule: Rule
  /// `learning_rate`: the highest rate of the schedule.
  public var learningRate: Double
  /// `weight_decay`: added to the gradients by sgd and adam, apart from them (decoupled) by adamw and lion.
  public var weightDecay: Double
  /// `decay_biases_and_norms`: whether the decay takes in biases and the weights of normalisations.
  public var decaysBiasesAndNorms: Bool
  /// `clip_norm`: the largest norm of all gradients together; nil: any.
  public var clipNorm: Double?
  /// `ema_decay`: decay of a moving average of the weights, which is evaluated and saved too; nil: none.
  public var emaDecay: Double?

  /// The rules.
  public enum Rule: Sendable, Hashable {
    /// Stochastic gradient descent.
    case sgd(momentum: Double = 0, nesterov: Bool = false)
    /// Adam (arXiv:1412.6980).
    case adam(betas: Betas = .adam, epsilon: Double = 1e-8)
    /// Adam with decoupled weight decay (arXiv:1711.05101).
    case adamw(betas: Betas = .adam, epsilon: Double = 1e-8)
    /// The sign of an average of the gradients (arXiv:2302.06675).
    case lion(betas: Betas = .lion)
  }

  /// `betas`: decays of the two moving averages.
  public struct Betas: Sendable, Hashable {
    /// Of the gradients.
    public var first: Double
    /// Of their squares; for lion, of the average that is kept.
    public var second: Double

    /// 0.9 and 0.999.
    public static let adam = Betas(first: 0.9, second: 0.999)
    /// 0.9 and 0.99.
    public static let lion = Betas(first: 0.9, second: 0.99)

    /// Two decays, each at least 0 and below 1.
    public init(first: Double, second: Double) {
      self.first = first
      self.second = second
    }
  }

  /// A rule and what every rule has.
  public init(
    _ rule: Rule, learningRate: Double, weightDecay: Double = 0, decaysBiasesAndNorms: Bool = false,
    clipNorm: Double? = nil, emaDecay: Double? = nil
  ) {
    self.rule = rule
    self.learningRate = learningRate
    self.weightDecay = weightDecay
    self.decaysBiasesAndNorms = decaysBiasesAndNorms
    self.clipNorm = clipNorm
    self.emaDecay = emaDecay
  }
}

/// The values of `optimizer.name`.
public enum OptimizerKind: String, RecipeKind {
  /// Stochastic gradient descent.
  case sgd
  /// Adam.
  case adam
  /// Adam with decoupled weight decay.
  case adamw
  /// Lion.
  case lion

  /// The keys that this rule reads and another does not.
  public var options: [String] {
    switch self {
    case .sgd: ["momentum", "nesterov"]
    case .adam, .adamw: ["betas", "epsilon"]
    case .lion: ["betas"]
    }
  }
}

extension OptimizerRecipe.Rule {
  /// `name` as recipes write it.
  public var name: OptimizerKind {
    switch self {
    case .sgd: .sgd
    case .adam: .adam
    case .adamw: .adamw
    case .lion: .lion
    }
  }
}

extension OptimizerRecipe {
  init(_ reader: RecipeReader) throws(RecipeError) {
    let kind = try reader.kind("name", of: OptimizerKind.self)
    learningRate = try reader.number("learning_rate", in: Above(0))
    rule = try Rule(kind, reader)
    weightDecay = try reader.number("weight_decay", in: 0.0..., default: 0)
    decaysBiasesAndNorms = try reader.boolean("decay_biases_and_norms", default: false)
    clipNorm = try reader.numberIfPresent("clip_norm", in: Above(0))
    emaDecay = try reader.numberIfPresent("ema_decay", in: Above(0, below: 1))
  }
}

extension OptimizerRecipe.Rule {
  fileprivate init(_ kind: OptimizerKind, _ reader: RecipeReader) throws(RecipeError) {
    switch kind {
    case .sgd:
      let momentum = try reader.number("momentum", in: 0.0..<1.0, default: 0)
      let nesterov = try reader.boolean("nesterov", default: false)
      guard !nesterov || momentum > 0 else {
        throw reader.error(at: "nesterov", "needs a momentum above 0")
      }
      self = .sgd(momentum: momentum, nesterov: nesterov)
    case .adam: self = try .adam(betas: Self.betas(reader, .adam), epsilon: Self.epsilon(reader))
    case .adamw: self = try .adamw(betas: Self.betas(reader, .adam), epsilon: Self.epsilon(reader))
    case .lion: self = try .lion(betas: Self.betas(reader, .lion))
    }
  }

  private static func betas(
    _ reader: RecipeReader, _ value: OptimizerRecipe.Betas
  ) throws(RecipeError) -> OptimizerRecipe.Betas {
    guard let betas = try reader.numbersIfPresent("betas", in: 0.0..<1.0, count: 2) else {
      return value
    }
    return OptimizerRecipe.Betas(first: betas[0], second: betas[1])
  }

  private static func epsilon(_ reader: RecipeReader) throws(RecipeError) -> Double {
    try reader.number("epsilon", in: Above(0), default: 1e-8)
  }
}
