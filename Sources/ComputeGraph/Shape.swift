/// The dimensions of one example, of a parameter or of a tensor; the innermost is last.
public struct Shape: Sendable, Hashable, ExpressibleByArrayLiteral, CustomStringConvertible {
  /// Sizes, outermost first.
  public let dimensions: [Int]

  /// A shape of the given sizes.
  public init(_ dimensions: [Int]) { self.dimensions = dimensions }

  /// A shape written as a literal, such as `[28, 28, 1]`.
  public init(arrayLiteral elements: Int...) { self.init(elements) }

  /// Number of elements: the product of the sizes, 1 for a scalar.
  public var count: Int { dimensions.reduce(1, *) }

  /// Number of dimensions.
  public var rank: Int { dimensions.count }

  /// `[28, 28, 1]`.
  public var description: String {
    "[" + dimensions.map(String.init).joined(separator: ", ") + "]"
  }
}

/// The sizes of an image of shape `[H, W, C]`.
public struct ImageShape: Sendable, Hashable {
  /// Lines, pixels of a line, channels of a pixel.
  public let height: Int, width: Int, channels: Int

  /// An image of the given sizes.
  public init(height: Int, width: Int, channels: Int) {
    (self.height, self.width, self.channels) = (height, width, channels)
  }

  /// Reads a shape as an image: `[H, W, C]`, or `[C]` as one pixel. Nil for other ranks.
  public init?(_ shape: Shape) {
    switch shape.rank {
    case 1: (height, width, channels) = (1, 1, shape.dimensions[0])
    case 3:
      (height, width, channels) = (shape.dimensions[0], shape.dimensions[1], shape.dimensions[2])
    default: return nil
    }
  }
}
