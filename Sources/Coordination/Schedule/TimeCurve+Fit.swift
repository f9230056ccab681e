extension TimeCurve {
  /// Rebuilds the affine fit and the knots from the points.
  mutating func refit() {
    guard !points.isEmpty else {
      knots = [Knot(grains: 1, seconds: secondsPerFurtherGrain)]
      return
    }
    // A measurement counts less the more have been made since.
    let weights = points.map { point in
      point.weight * max(0.001, 1 / (1 + Double(sampleCount - point.lastSample) / 32))
    }
    fit(weights)
    rebuildKnots(weights)
  }

  /// Fixed and further seconds by weighted least squares of the relative errors.
  ///
  /// From numbers of grains that lie close together the fixed cost cannot be told: jitter would make
  /// any slope. So the fixed cost is also held to be zero, give or take 0.3 of a usual step: points
  /// far apart overrule this, points close together do not.
  private mutating func fit(_ weights: [Double]) {
    let total = weights.reduce(0, +)
    var usualGrains = 0.0
    var usualSeconds = 0.0
    for (point, weight) in zip(points, weights) {
      usualGrains += weight / total * Double(point.grains)
      usualSeconds += weight / total * point.seconds
    }
    let spread = min(max(deviation, 0.01), 0.1)
    // The normal equations of y = fixed + slope * x, where x and y are 1 for a usual step.
    var sum = 1 / (0.3 * 0.3)
    var (sumX, sumXX, sumY, sumXY) = (0.0, 0.0, 0.0, 0.0)
    for (point, weight) in zip(points, weights) {
      let x = Double(point.grains) / usualGrains
      let y = point.seconds / usualSeconds
      let w = weight / (spread * spread * y * y)
      sum += w
      sumX += w * x
      sumXX += w * x * x
      sumY += w * y
      sumXY += w * x * y
    }
    let determinant = sum * sumXX - sumX * sumX
    var fixed = (sumY * sumXX - sumXY * sumX) / determinant
    var slope = (sum * sumXY - sumX * sumY) / determinant
    if !(fixed >= 0) { (fixed, slope) = (0, sumXY / sumXX) }
    if !(slope >= 0) { (fixed, slope) = (sumY / sum, 0) }
    fixedSeconds = fixed * usualSeconds
    secondsPerFurtherGrain = slope * usualSeconds / usualGrains
  }

  private mutating func rebuildKnots(_ weights: [Double]) {
    // A point of few or old measurements is drawn to the fit.
    var pools: [(seconds: Double, weight: Double, count: Int)] = []
    for (point, weight) in zip(points, weights) {
      let fitted = affineSeconds(point.grains)
      var pool = ((weight * point.seconds + 0.5 * fitted) / (weight + 0.5), weight, 1)
      // Neighbours in the wrong order share their mean (pool adjacent violators).
      while let last = pools.last, last.seconds > pool.0 {
        pools.removeLast()
        let both = last.weight + pool.1
        pool = ((last.seconds * last.weight + pool.0 * pool.1) / both, both, last.count + pool.2)
      }
      pools.append(pool)
    }
    let seconds = pools.flatMap { Array(repeating: $0.seconds, count: $0.count) }
    knots = zip(points, seconds).map { Knot(grains: $0.grains, seconds: $1) }
    if let first = knots.first, first.grains > 1 {
      let share = affineSeconds(1) / affineSeconds(first.grains)
      knots.insert(Knot(grains: 1, seconds: first.seconds * share), at: 0)
    }
  }

  private func affineSeconds(_ grains: Int) -> Double {
    fixedSeconds + secondsPerFurtherGrain * Double(grains)
  }
}
