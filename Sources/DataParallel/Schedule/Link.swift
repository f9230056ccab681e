package import ComputeGraph
import Foundation

/// How long gradients take from a device to the host, through the sum there, and back to the device.
public struct Link: Sendable, Hashable {
  /// What a bucket takes however small it is: calls, waiting, waking up.
  public let secondsPerBucket: Double
  /// What each further element takes.
  public let secondsPerElement: Double

  /// A link with these times; neither is negative.
  public init(secondsPerBucket: Double, secondsPerElement: Double) {
    self.secondsPerBucket = max(0, secondsPerBucket)
    self.secondsPerElement = max(0, secondsPerElement)
  }
}

extension BucketSizes {
  /// The least and the most elements of a bucket that measured links may ask for.
  static let limits = 1 << 14...1 << 24

  /// Sizes that keep both costs of buckets low: what each of them takes, and what the last one leaves uncovered.
  ///
  /// With `n` buckets of `total` elements, the fixed times add up to `n · secondsPerBucket`, and the last bucket,
  /// which no computation covers, takes `total / n · secondsPerElement`. Their sum is the least where both are equal.
  /// The size is rounded to a power of two: a nearby one costs hardly more, and noise rarely changes it.
  ///
  /// - Parameters:
  ///   - total: Elements of all buckets.
  ///   - links: Those of the devices; the one that asks for the largest buckets decides. Without any, the standard.
  package init(total: Int, links: [Link]) {
    let wanted = links.lazy.filter { $0.secondsPerElement > 0 }.map {
      (Double(total) * $0.secondsPerBucket / $0.secondsPerElement).squareRoot()
    }
    guard let most = wanted.max() else {
      self = .standard
      return
    }
    let (least, greatest) = (Double(Self.limits.lowerBound), Double(Self.limits.upperBound))
    let exponent = Foundation.log2(min(max(most, least), greatest)).rounded()
    self.init(others: 1 << Int(exponent))
  }
}
