/// A height and a width in pixels: of a filter, a padding.
public struct Extent2D: Sendable, Hashable, ExpressibleByIntegerLiteral, CustomStringConvertible {
  /// Lines, and pixels of a line.
  public let height: Int, width: Int

  /// A height and a width.
  public init(_ height: Int, _ width: Int) {
    self.height = height
    self.width = width
  }

  /// The same height and width.
  public init(integerLiteral value: Int) { self.init(value, value) }

  /// The same height and width.
  public init(_ size: Int) { self.init(size, size) }

  /// `3 x 5`.
  public var description: String { "\(height) x \(width)" }
}
