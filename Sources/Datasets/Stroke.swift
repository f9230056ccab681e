/// A point of a glyph: x to the right, y down; the glyph fills the unit box.
typealias Point = SIMD2<Float>

/// One movement of the pen through its points.
struct Stroke: Sendable {
  /// How the pen moves from point to point.
  enum Path { case curve, line }

  /// Where the pen passes; at least two.
  var points: [Point]

  /// Whether the pen turns smoothly or at corners.
  let path: Path

  /// A smooth stroke through `points`.
  static func curve(_ points: (Float, Float)...) -> Stroke {
    Stroke(points: points.map { Point($0.0, $0.1) }, path: .curve)
  }

  /// A stroke with a corner at each point.
  static func line(_ points: (Float, Float)...) -> Stroke {
    Stroke(points: points.map { Point($0.0, $0.1) }, path: .line)
  }

  /// The stroke as a polyline, appended to `line`.
  func flatten(into line: inout [Point]) {
    guard path == .curve, points.count > 2 else { return line += points }
    line.append(points[0])
    for index in 0..<points.count - 1 {
      // The end points are doubled, so that the curve begins and ends at them.
      let before = points[max(index - 1, 0)]
      let after = points[min(index + 2, points.count - 1)]
      for step in 1...Self.stepsPerSpan {
        let t = Float(step) / Float(Self.stepsPerSpan)
        line.append(Self.catmullRom(before, points[index], points[index + 1], after, t))
      }
    }
  }

  /// Straight pieces between two points of a curve: at 28 pixels their corners do not show.
  private static let stepsPerSpan = 5

  /// The cubic through b (t = 0) and c (t = 1) whose slope there is half of c - a and of d - b.
  private static func catmullRom(
    _ a: Point, _ b: Point, _ c: Point, _ d: Point, _ t: Float
  ) -> Point {
    let cubic: Point = (b - c) * 3 + d - a
    let quadratic: Point = a * 2 - b * 5 + c * 4 - d
    return b + (c - a + (quadratic + cubic * t) * t) * (t * 0.5)
  }
}
