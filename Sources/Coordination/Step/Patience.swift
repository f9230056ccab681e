/// How long the coordinator waits for an order before it gives the replica up.
public struct Patience: Sendable, Hashable {
  /// Seconds that any order may take, however little was expected: another program may hold the machine up.
  public var least: Seconds
  /// How many times the expected time an order may take.
  public var factor: Double
  /// Seconds for orders of which nothing is known yet: a first launch may compile.
  public var unknown: Seconds
  /// Seconds to prepare: that compiles kernels.
  public var preparation: Seconds

  /// The defaults bear a device that is suddenly twenty times slower.
  public init(
    least: Seconds = 5, factor: Double = 20, unknown: Seconds = 60, preparation: Seconds = 600
  ) {
    self.least = least
    self.factor = factor
    self.unknown = unknown
    self.preparation = preparation
  }

  /// Nobody waits longer than an hour, whatever was expected.
  public static let most: Seconds = 3600

  /// Seconds that an order may take.
  ///
  /// - Parameters:
  ///   - work: The order.
  ///   - expected: What it should take; nil if it is not known.
  /// - Returns: More than expected.
  public func allowance(_ work: Work, expected: Seconds?) -> Seconds {
    if case .prepare = work { return preparation }
    guard let expected, expected.isFinite else { return unknown }
    return min(least + factor * expected, Self.most)
  }
}

/// What orders other than portions take on a replica, learned: the longest of late, which fades.
struct Durations: Sendable {
  /// Orders that take about the same: what a bucket takes says nothing about another, and handing buckets in
  /// takes its own time.
  private enum Kind: Hashable {
    case prepare, load, compute, computeAndDeliver, deliver, evaluate, update, read
    case upload(bucket: Int)
  }

  private var seconds: [Kind: Seconds] = [:]

  /// What an order should take; nil before the first of its kind.
  func expected(_ work: Work) -> Seconds? { seconds[Self.kind(work)] }

  mutating func record(_ work: Work, _ measured: Seconds) {
    let kind = Self.kind(work)
    seconds[kind] = max(measured, (seconds[kind] ?? 0) * 0.98)
  }

  private static func kind(_ work: Work) -> Kind {
    switch work {
    case .prepare: .prepare
    case .load: .load
    case .compute(let portion): portion.delivers ? .computeAndDeliver : .compute
    case .deliver: .deliver
    case .evaluate: .evaluate
    case .upload(let bucket): .upload(bucket: bucket)
    case .update: .update
    case .read: .read
    }
  }
}
