/// Stochastic gradient descent with momentum: `v = momentum v + mean gradient; w = w - rate v`.
public struct StochasticGradientDescent: Sendable, Hashable {
  /// Learning rate.
  public var rate: Float
  /// Share of the velocity that is kept; 0 is plain gradient descent.
  public var momentum: Float

  /// The optimizer with a constant learning rate.
  public init(rate: Float, momentum: Float = 0.9) {
    self.rate = rate
    self.momentum = momentum
  }
}
