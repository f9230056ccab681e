import Foundation

/// Where moments lie on the picture.
struct DrawingScale {
  /// Pixels of the beginning and the end of the window.
  let left, right: Double
  let window: Interval

  private var pixelsPerSecond: Double {
    window.length > 0 ? (right - left) / window.length : 0
  }

  /// The place of a moment, in pixels; a moment outside lies on the border.
  func x(_ seconds: Double) -> Double {
    left + (min(max(seconds, window.start), window.end) - window.start) * pixelsPerSecond
  }

  /// Where an interval begins and how wide it is: never too narrow to be seen.
  func extent(_ interval: Interval) -> (x: Double, width: Double) {
    let start = x(interval.start)
    return (start, max(0.5, x(interval.end) - start))
  }

  /// Seconds between two marks of the axis: 1, 2 or 5 times a power of ten, about ten in the window.
  var tickDistance: Double {
    let rough = max(window.length, 1e-9) / 10
    let power = pow(10, floor(log10(rough)))
    return power * ([1, 2, 5].first { $0 * power >= rough } ?? 10)
  }
}

extension Double {
  /// Seconds as milliseconds with three significant digits or a microsecond, whatever is more.
  var milliseconds: String {
    let value = self * 1e3
    return String(
      format: value.magnitude >= 100 ? "%.1f" : value.magnitude >= 1 ? "%.2f" : "%.3f", value)
  }

  /// Without zeros at the end.
  var plain: String { String(format: "%.6g", self) }
}
