/// When a bucket of gradients is closed, in elements. Changes no bit, only when gradients travel.
public struct BucketSizes: Sendable, Hashable, Codable {
  /// Elements after which the first bucket is closed; few, so that traffic starts early.
  public let first: Int
  /// Elements after which each further bucket is closed.
  public let others: Int

  /// For devices of which nothing is known.
  public static let standard = BucketSizes(first: 1 << 16, others: 1 << 20)

  /// Sizes of at least one element.
  public init(first: Int, others: Int) {
    self.first = max(1, first)
    self.others = max(1, others)
  }

  /// Buckets of this many elements, and a first one of a sixteenth.
  public init(others: Int) { self.init(first: others / 16, others: others) }
}
