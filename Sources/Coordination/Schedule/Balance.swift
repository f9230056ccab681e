/// The split of the grains with the smallest largest time, one count per curve.
///
/// A time is enough if the grains that each replica finishes within it add up to all; the least such
/// time is searched by halves. A replica whose first grain takes longer gets none.
package func balancedCounts(_ grainCount: Int, _ curves: [TimeCurve]) -> [Int] {
  guard grainCount > 0, !curves.isEmpty else { return curves.map { _ in 0 } }
  func counts(within seconds: Double) -> [Int] {
    curves.map { $0.grains(within: seconds, atMost: grainCount) }
  }
  // One replica alone could do it all. A little is added for what rounding may take away.
  let alone = curves.map { $0.seconds(grains: grainCount) }.min() ?? 0
  var enough = alone * (1 + 1e-9)
  var tooLittle = 0.0
  while enough - tooLittle > 1e-9 * enough {
    let middle = (tooLittle + enough) / 2
    var sum = 0
    for curve in curves where sum < grainCount {
      sum += curve.grains(within: middle, atMost: grainCount)
    }
    if sum >= grainCount { enough = middle } else { tooLittle = middle }
  }
  // Between the two times lie only equally good places for the last grains: the first in order.
  var result = counts(within: tooLittle)
  var rest = grainCount - result.reduce(0, +)
  for (index, most) in counts(within: enough).enumerated() {
    let more = min(rest, most - result[index])
    result[index] += more
    rest -= more
  }
  return result
}

/// When the last replica of a split is expected to finish.
package func expectedSeconds(_ counts: [Int], _ curves: [TimeCurve]) -> Double {
  zip(counts, curves).map { $1.seconds(grains: $0) }.max() ?? 0
}
