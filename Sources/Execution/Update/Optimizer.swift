/// The rule by which a gradient changes the weights: one kernel of optimizer.cl.
public enum Optimizer: Sendable, Hashable {
  /// Gradient descent with momentum, as `torch.optim.SGD`.
  case sgd(SGD)
  /// Adam with the decay in the gradient, as `torch.optim.Adam` (Kingma and Ba, ICLR 2015).
  case adam(Adam)
  /// Adam with decoupled decay, as `torch.optim.AdamW` (Loshchilov and Hutter, ICLR 2019).
  case adamW(Adam)
  /// Lion (Chen et al., "Symbolic discovery of optimization algorithms", NeurIPS 2023).
  case lion(Lion)

  /// The numbers of gradient descent.
  public struct SGD: Sendable, Hashable {
    /// Share of the velocity that is kept; 0 is plain gradient descent.
    public var momentum: Double
    /// Whether the gradient is looked up one step ahead.
    public var nesterov: Bool

    /// Gradient descent with the given momentum.
    public init(momentum: Double = 0.9, nesterov: Bool = false) {
      (self.momentum, self.nesterov) = (momentum, nesterov)
    }
  }

  /// The numbers of Adam and AdamW.
  public struct Adam: Sendable, Hashable {
    /// Shares that the averages of the gradient and of its square keep at each step.
    public var beta1: Double, beta2: Double
    /// Added to the root of the average square.
    public var epsilon: Double

    /// Adam with torch's numbers unless others are given.
    public init(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8) {
      (self.beta1, self.beta2, self.epsilon) = (beta1, beta2, epsilon)
    }
  }

  /// The numbers of Lion.
  public struct Lion: Sendable, Hashable {
    /// Shares of the average that go into the direction, and that are kept.
    public var beta1: Double, beta2: Double

    /// Lion with the paper's numbers unless others are given.
    public init(beta1: Double = 0.9, beta2: Double = 0.99) {
      (self.beta1, self.beta2) = (beta1, beta2)
    }
  }

  /// Gradient descent with momentum.
  public static func sgd(momentum: Double = 0.9, nesterov: Bool = false) -> Optimizer {
    .sgd(SGD(momentum: momentum, nesterov: nesterov))
  }

  /// Adam, with torch's numbers unless others are given.
  public static func adam(
    beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8
  ) -> Optimizer {
    .adam(Adam(beta1: beta1, beta2: beta2, epsilon: epsilon))
  }

  /// AdamW, with torch's numbers unless others are given.
  public static func adamW(
    beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8
  ) -> Optimizer {
    .adamW(Adam(beta1: beta1, beta2: beta2, epsilon: epsilon))
  }

  /// Lion, with the paper's numbers unless others are given.
  public static func lion(beta1: Double = 0.9, beta2: Double = 0.99) -> Optimizer {
    .lion(Lion(beta1: beta1, beta2: beta2))
  }
}

extension Optimizer {
  /// Name of the kernel in optimizer.cl.
  public var kernel: String {
    switch self {
    case .sgd: "sgd_update"
    case .adam, .adamW: "adam_update"
    case .lion: "lion_update"
    }
  }

  /// Names, in saved files, of the arrays that are kept for each parameter; in the kernel's order, zeros at first.
  public var stateNames: [String] {
    switch self {
    case .sgd: ["velocity"]
    case .adam, .adamW: ["moment1", "moment2"]
    case .lion: ["moment"]
    }
  }

  /// Number of arrays that are kept for each parameter.
  public var stateCount: Int { stateNames.count }

  /// What is wrong with the numbers, in words; nil if nothing is.
  public var problem: String? {
    switch self {
    case .sgd(let sgd):
      guard sgd.momentum >= 0, sgd.momentum < 1 else {
        return "the momentum \(sgd.momentum) is not in [0, 1)"
      }
      return sgd.nesterov && sgd.momentum == 0 ? "Nesterov's step needs a momentum" : nil
    case .adam(let adam), .adamW(let adam):
      guard adam.epsilon >= 0, adam.epsilon.isFinite else {
        return "epsilon, \(adam.epsilon), is not a number of at least 0"
      }
      return Self.problem(adam.beta1, adam.beta2)
    case .lion(let lion):
      return Self.problem(lion.beta1, lion.beta2)
    }
  }

  private static func problem(_ betas: Double...) -> String? {
    betas.first { !($0 >= 0 && $0 < 1) }.map { "beta \($0) is not in [0, 1)" }
  }
}
