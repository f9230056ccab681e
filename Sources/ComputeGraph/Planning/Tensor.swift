/// Index of a tensor in its plan.
public typealias TensorID = Int

/// An array that a plan computes: an activation, a gradient of one, a loss. Each is written by one step.
public struct Tensor: Sendable, Hashable {
  /// What one element is; all take 32 bits.
  public enum Element: Sendable, Hashable {
    /// 32-bit floating point.
    case float
    /// 32-bit signed integer: a token, a class index or a flag.
    case int
  }

  /// How many units of `shape` a wave has.
  public enum Extent: Sendable, Hashable {
    /// One per example.
    case example
    /// One per grain: statistics of a batch, partial sums.
    case grain
    /// One, whatever the wave: weights in another layout.
    case once
  }

  /// Word for messages, such as `x3` (output of node 3) or `d3` (its gradient).
  public let name: String
  /// Shape of one unit, the innermost dimension last.
  public let shape: Shape
  /// Element type.
  public var element = Element.float
  /// How many units there are.
  public var extent = Extent.example

  /// Bytes for waves of `capacity` examples in grains of `grain`.
  public func byteCount(capacity: Int, grain: Int) -> Int {
    let units =
      switch extent {
      case .example: capacity
      case .grain: (capacity + grain - 1) / grain
      case .once: 1
      }
    return units * shape.count * 4
  }
}
