/// Index of a tensor in its plan.
public typealias TensorID = Int

/// A per-example array that a plan computes: an activation, a gradient of one, a loss.
public struct Tensor: Sendable, Hashable {
  /// What one element is.
  public enum Element: Sendable, Hashable {
    /// 32-bit floating point.
    case float
    /// 32-bit signed integer: a class index or a flag.
    case int
  }

  /// Word for messages, such as `x3` (output of node 3) or `d3` (its gradient).
  public let name: String
  /// Shape per example, without the halo.
  public let shape: Shape
  /// Element type.
  public let element: Element
  /// Width of the border of zeros around an image in memory, so that convolutions need no bounds tests.
  public internal(set) var halo = 0

  /// Elements of one example in memory, halo included.
  public var strideCount: Int {
    guard halo > 0, let image = ImageShape(shape) else { return shape.count }
    return (image.height + 2 * halo) * (image.width + 2 * halo) * image.channels
  }
}
