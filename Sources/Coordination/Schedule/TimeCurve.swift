/// The seconds a replica takes as a function of its grains, learned from its steps.
///
/// A device's time is no straight line through zero: it has a fixed cost, steps where a new wave
/// begins, and bends where memory ends. So the curve keeps what was measured at each number of
/// grains (`Point`), interpolates between them, and goes on beyond them by an affine fit. What it
/// reads from is rebuilt after each measurement: `TimeCurve+Fit.swift`.
///
/// A device may also change: another program takes half of it, or it grows hot. A measurement far
/// from the curve is then not averaged in. Alone, it is an outlier and changes nothing; two in a row
/// that agree move the whole curve, at all numbers of grains, as far as both agree.
public struct TimeCurve: Sendable {
  /// Measurements of the replica so far.
  public private(set) var sampleCount = 0
  /// Relative spread of recent measurements around the curve: 0.03 is 3 %; 0.5 while unlearned.
  public private(set) var deviation = TimeCurve.unlearnedDeviation
  /// Seconds of a step that do not depend on the number of grains, as far as is known.
  public internal(set) var fixedSeconds: Double
  /// Seconds of each further grain.
  public internal(set) var secondsPerFurtherGrain: Double

  /// What was measured at each number of grains, in ascending order; at most `maximumPointCount`.
  var points: [Point] = []
  /// The curve that is read: seconds never fall from one to the next; the first is at one grain.
  var knots: [Knot] = []

  /// Measured over expected seconds of the last measurement, if it was far off.
  private var surprise: Double?
  /// Measurements since the curve was new, or was last said to be out of date.
  private var freshSampleCount = 0

  struct Point: Sendable {
    let grains: Int
    var seconds: Double
    /// Measurements in the mean, at most `maximumWeight`.
    var weight: Double
    /// `sampleCount` when it was last measured; negative: before the curve was out of date.
    var lastSample: Int
    /// `sampleCount` when its mean was begun.
    var firstSample: Int
  }

  struct Knot: Sendable {
    let grains: Int
    var seconds: Double
  }

  static let unlearnedDeviation = 0.5
  static let maximumPointCount = 16
  /// Means over ten or so steps: steady under jitter; what a mean follows too slowly is a surprise.
  private static let maximumWeight = 10.0
  /// Measurements for which one at a new number of grains says more about the shape of the curve
  /// than about a change of the device.
  private static let recentSampleCount = 8

  /// How many times more or less than in proportion another number of grains may be thought to take.
  private static let reason = 64.0

  /// A curve from a first estimate: a line through zero.
  public init(secondsPerGrain: Double) {
    fixedSeconds = 0
    secondsPerFurtherGrain = secondsPerGrain.isFinite ? max(secondsPerGrain, 1e-12) : 1
    refit()
  }

  /// Learns from a step. What cannot be a measurement (no grains, no time) is ignored.
  public mutating func record(grains: Int, seconds: Double) {
    guard grains > 0, seconds > 0, seconds.isFinite else { return }
    sampleCount += 1
    freshSampleCount += 1
    guard !points.isEmpty else {
      setPoint(grains: grains, seconds: seconds, weight: 1)
      refit()
      return
    }
    let known = points.first { $0.grains == grains }
    let ratio = seconds / (known?.seconds ?? self.seconds(grains: grains))
    // Wide while little is known, never so wide that a device of half the speed goes unnoticed.
    let tolerance = min(max(0.15, 4 * deviation), 0.6)
    let isFarOff = ratio > 1 + tolerance || ratio * (1 + tolerance) < 1
    noteDeviation(min(abs(ratio - 1), tolerance))
    if !isFarOff {
      surprise = nil
      let weight = min((known?.weight ?? 0) + 1, Self.maximumWeight)
      let mean = known?.seconds ?? seconds
      setPoint(grains: grains, seconds: mean + (seconds - mean) / weight, weight: weight)
    } else if let agreed = change(confirmedBy: ratio) {
      surprise = nil
      move(by: agreed, grains: grains, seconds: seconds, known: known)
    } else {
      surprise = ratio
    }
    refit()
  }

  /// Whether nothing was measured since the curve was new, or was last said to be out of date.
  package var isUnmeasured: Bool { freshSampleCount == 0 }

  /// Says that the device may have changed since it was measured, as when it was away for long:
  /// the next measurement alone may move the whole curve.
  package mutating func markOutOfDate() {
    freshSampleCount = 0
    surprise = nil
    for index in points.indices {
      points[index].lastSample = -Self.recentSampleCount
      points[index].firstSample = -Self.recentSampleCount
    }
  }

  /// As `markOutOfDate`, and expects any spread again, as for a device never seen.
  package mutating func doubt() {
    markOutOfDate()
    deviation = max(deviation, Self.unlearnedDeviation)
  }

  /// The factor by which the device has changed, or nil while one measurement stands alone.
  private func change(confirmedBy ratio: Double) -> Double? {
    // A delay makes a step slower than the device is, nothing makes it faster: of the first
    // measurements, which hold the warming up, the fast ones are right.
    if freshSampleCount == 1 || (freshSampleCount <= 3 && ratio < 1) { return ratio }
    guard let surprise, (surprise > 1) == (ratio > 1) else { return nil }
    return ratio > 1 ? min(surprise, ratio) : max(surprise, ratio)
  }

  /// Moves what was measured before the device changed; what is as new as the change stays.
  private mutating func move(by factor: Double, grains: Int, seconds: Double, known: Point?) {
    for index in points.indices {
      let point = points[index]
      // More grains cannot take less time: a point that says so is from before the change.
      let isDisproved =
        factor > 1
        ? point.grains >= grains && point.seconds < seconds
        : point.grains <= grains && point.seconds > seconds
      // Cheaper grains in a smaller number are a warmed up device rather than a bend of the curve.
      let isFromWarmUp = freshSampleCount <= 3 && factor < 1 && point.grains > grains
      let isOld =
        if let known {
          point.firstSample <= known.lastSample
        } else {
          point.lastSample <= sampleCount - Self.recentSampleCount
        }
      guard isOld || isDisproved || isFromWarmUp else { continue }
      // Changes that are taken back only where they are measured must not pile up elsewhere: what a grain costs
      // stays within reason of what was measured now.
      let proportional = seconds * Double(point.grains) / Double(grains)
      points[index].seconds = min(
        max(point.seconds * factor, proportional / Self.reason), proportional * Self.reason)
      points[index].weight = min(point.weight, 1)
    }
    setPoint(grains: grains, seconds: seconds, weight: 1)
    deviation = max(deviation, 0.1)
  }

  private mutating func setPoint(grains: Int, seconds: Double, weight: Double) {
    var point = Point(
      grains: grains, seconds: seconds, weight: weight, lastSample: sampleCount,
      firstSample: sampleCount)
    let index = points.firstIndex { $0.grains >= grains } ?? points.endIndex
    if index < points.endIndex, points[index].grains == grains {
      if weight > 1 { point.firstSample = points[index].firstSample }
      points[index] = point
      return
    }
    points.insert(point, at: index)
    guard points.count > Self.maximumPointCount else { return }
    let oldest = points.indices.min { points[$0].lastSample < points[$1].lastSample }
    if let oldest { points.remove(at: oldest) }
  }

  private mutating func noteDeviation(_ distance: Double) {
    // A mean absolute distance is 0.8 of a normal distribution's standard deviation.
    let weightOfNew = max(0.1, 1 / Double(sampleCount + 1))
    deviation += weightOfNew * (1.25 * distance - deviation)
  }
}
