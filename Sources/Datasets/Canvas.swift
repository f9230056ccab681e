/// A square of ink: each pixel holds its coverage in [0, 1].
struct Canvas {
  /// The length of a side in pixels.
  static let side = 28

  /// Coverage, [side, side].
  private(set) var coverage = [Float](repeating: 0, count: side * side)

  /// Removes all ink.
  mutating func clear() {
    for index in coverage.indices { coverage[index] = 0 }
  }

  /// Draws the polyline `line` (in pixels) with a round pen, whose radius goes evenly from the
  /// first to the last value of `radii`; the edge of the ink fades over `softness` pixels.
  mutating func draw(_ line: [Point], radii: (Float, Float), softness: Float) {
    let change = (radii.1 - radii.0) / Float(max(line.count - 1, 1))
    for index in 0..<line.count - 1 {
      let radius = radii.0 + change * Float(index)
      draw(from: line[index], to: line[index + 1], radius: radius, softness: softness)
    }
  }

  /// Coverage is a ramp of the distance to the segment; where strokes meet, the greater counts.
  private mutating func draw(from a: Point, to b: Point, radius: Float, softness: Float) {
    let reach = radius + softness * 0.5
    let rows = Self.range(a.y, b.y, reach)
    let columns = Self.range(a.x, b.x, reach)
    guard !rows.isEmpty, !columns.isEmpty else { return }
    let span = b - a
    let length2 = span.x * span.x + span.y * span.y
    let scale: Float = length2 > 0 ? 1 / length2 : 0
    let reach2 = reach * reach
    coverage.withUnsafeMutableBufferPointer { coverage in
      for row in rows {
        for column in columns {
          // A pixel's centre is at its index plus a half.
          let x = Float(column) + 0.5 - a.x
          let y = Float(row) + 0.5 - a.y
          let along = max(0, min(1, (x * span.x + y * span.y) * scale))
          let dx = x - along * span.x
          let dy = y - along * span.y
          let distance2 = dx * dx + dy * dy
          guard distance2 < reach2 else { continue }
          let ink = min(1, (reach - distance2.squareRoot()) / softness)
          let index = row * Self.side + column
          coverage[index] = max(coverage[index], ink)
        }
      }
    }
  }

  /// The pixels of one axis that lie within `reach` of a or b, or between them.
  private static func range(_ a: Float, _ b: Float, _ reach: Float) -> Range<Int> {
    let limit = Float(side)
    let low = Int(max(0, min(limit, min(a, b) - reach)))
    let high = Int(max(0, min(limit, max(a, b) + reach + 1)))
    return low..<high
  }
}
