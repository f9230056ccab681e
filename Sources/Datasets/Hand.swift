/// How one example is written: what turns a style's strokes into pixels.
struct Hand {
  private let center: Point
  /// The columns of the linear map from the unit box, centred at 0, to pixels.
  private let columnX: Point
  private let columnY: Point
  private let bend: Point

  /// The radius of the pen at the start and at the end of a stroke, in pixels.
  let radii: (Float, Float)

  /// The width in pixels over which the edge of the ink fades.
  let softness: Float

  /// The deviation of each point of a stroke, in the unit box.
  let jitter: Float

  /// Draws a hand.
  init(_ random: inout RandomStream) {
    let height = random.uniform(15.5, 21)
    let width = height * random.uniform(0.5, 0.86)
    let slant = random.uniform(-0.2, 0.5)
    // Half the angle's tangent gives sine and cosine by division alone, so with the same bits
    // everywhere. A deviation of 0.06 is 7 degrees.
    let t = random.bell(0.06)
    let cosine = (1 - t * t) / (1 + t * t)
    let sine = 2 * t / (1 + t * t)
    columnX = Point(cosine, sine) * width
    // The slant moves the top (y < 0) to the right before the rotation.
    let sheared = Point(-slant * 0.6, 1)
    columnY =
      Point(cosine * sheared.x - sine * sheared.y, sine * sheared.x + cosine * sheared.y) * height
    bend = Point(random.bell(0.12), random.bell(0.1))
    let middle = Float(Canvas.side) * 0.5
    center = Point(middle + random.bell(1.1), middle + random.bell(1.1))
    let radius = random.uniform(0.75, 1.75)
    radii = (radius * random.uniform(0.8, 1.15), radius * random.uniform(0.7, 1.15))
    softness = random.uniform(0.9, 1.5)
    jitter = random.uniform(0.015, 0.055)
  }

  /// Moves a point of the unit box to its place in pixels.
  func place(_ point: Point) -> Point {
    let x = point.x - 0.5
    let y = point.y - 0.5
    let bentX = x + bend.x * (y * y - 0.1) * 4
    let bentY = y + bend.y * (x * x - 0.1) * 4
    return center + columnX * bentX + columnY * bentY
  }
}
