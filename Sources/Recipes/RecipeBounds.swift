/// A range that can say itself in a message: Swift's ranges, and `Above`.
public protocol RecipeBounds<Bound> {
  /// The type of the values.
  associatedtype Bound: Comparable
  /// Whether the value is in the range.
  func contains(_ value: Bound) -> Bool
  /// What a value must be: `at least 1`.
  var text: String { get }
}

extension PartialRangeFrom: RecipeBounds {
  /// What a value must be.
  public var text: String { "at least \(plain(lowerBound))" }
}

extension ClosedRange: RecipeBounds {
  /// What a value must be.
  public var text: String { "from \(plain(lowerBound)) to \(plain(upperBound))" }
}

extension Range: RecipeBounds {
  /// What a value must be.
  public var text: String { "at least \(plain(lowerBound)) and below \(plain(upperBound))" }
}

/// The values above a bound, which is not one of them.
public struct Above<Bound: Comparable>: RecipeBounds {
  private let lower: Bound
  private let upper: Bound?

  /// Values above `lower` and, where given, below `upper`.
  public init(_ lower: Bound, below upper: Bound? = nil) {
    self.lower = lower
    self.upper = upper
  }

  /// Whether the value is in the range.
  public func contains(_ value: Bound) -> Bool {
    value > lower && upper.map { value < $0 } ?? true
  }

  /// What a value must be.
  public var text: String {
    let above = "above \(plain(lower))"
    return upper.map { "\(above) and below \(plain($0))" } ?? above
  }
}

/// A number without a zero after its point.
func plain(_ value: some Any) -> String {
  let text = "\(value)"
  return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}
