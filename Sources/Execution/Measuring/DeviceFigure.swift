/// What was measured of a device: one figure with its spread.
public struct DeviceFigure: Sendable, Codable {
  /// What a figure is about.
  public enum Kind: String, Sendable, Codable {
    /// Multiply-adds in registers, and the bandwidth of memory: what the device can do at most.
    case peak
    /// Matrix products.
    case product
    /// What a launch takes that does next to nothing.
    case launch
    /// Copies between host and device.
    case transfer
    /// What is hidden of one command behind another, on two queues.
    case overlap
  }

  /// What the figure is about.
  public let kind: Kind
  /// What was measured, such as `product, n = 512`.
  public let name: String
  /// `GFLOP/s`, `GB/s`, `us` (microseconds), or `share`.
  public let unit: String
  /// The middle one of the rounds.
  public let median: Double
  /// The least and the largest of the rounds.
  public let minimum: Double, maximum: Double
  /// A product's median ÷ the device's highest speed of multiply-adds.
  public let shareOfPeak: Double?
  /// Median seconds of what an overlap is computed from: each command alone, and both together.
  public let seconds: [String: Double]?

  init(
    _ kind: Kind, _ name: String, unit: String, _ samples: [Double], peak: Double? = nil,
    seconds: [String: Double]? = nil
  ) {
    self.kind = kind
    self.name = name
    self.unit = unit
    median = samples.median
    minimum = samples.min() ?? 0
    maximum = samples.max() ?? 0
    shareOfPeak = peak.map { samples.median / $0 }
    self.seconds = seconds
  }
}

/// Something that a device does over and over, each time for a figure.
protocol DeviceMeasurement: AnyObject {
  var kind: DeviceFigure.Kind { get }
  var name: String { get }
  var unit: String { get }
  /// What `sample` was computed from, as medians over all calls; nil where it is one time only.
  var seconds: [String: Double]? { get }

  /// Does it once, for a while, and gives the figure.
  func sample() throws -> Double
}

extension DeviceMeasurement {
  var seconds: [String: Double]? { nil }
}

/// A device computed or copied something wrong while it was measured.
public struct WrongResult: Error, CustomStringConvertible {
  /// What was measured.
  public let name: String
  /// What is wrong.
  public let detail: String

  /// One sentence.
  public var description: String { "\(name) gives a wrong result: \(detail)" }
}

/// Seconds that `body` takes.
func elapsedSeconds<Failure: Error>(_ body: () throws(Failure) -> Void) throws(Failure) -> Double {
  let start = ContinuousClock.now
  try body()
  return (ContinuousClock.now - start) / .seconds(1)
}

extension [Double] {
  /// The middle value; the mean of the two middle ones for an even count.
  var median: Double {
    guard !isEmpty else { return 0 }
    let sorted = sorted()
    return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2
  }
}
