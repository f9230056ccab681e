extension TimeCurve {
  /// The seconds that so many grains will take: never less for more grains, none for none.
  public func seconds(grains: Int) -> Double {
    guard grains > 0, let last = knots.last else { return 0 }
    guard grains < last.grains else {
      return last.seconds + Double(grains - last.grains) * secondsPerGrainBeyond(last)
    }
    // The first knot is at one grain, so there is one at or before `grains`.
    let next = knots.firstIndex { $0.grains > grains } ?? 1
    let (left, right) = (knots[next - 1], knots[next])
    let share = Double(grains - left.grains) / Double(right.grains - left.grains)
    return left.seconds + share * (right.seconds - left.seconds)
  }

  /// The largest number of grains that take no more than `seconds`, up to `most`.
  package func grains(within seconds: Double, atMost most: Int) -> Int {
    guard let first = knots.first, first.seconds <= seconds else { return 0 }
    // Searched by halves: a decision over many replicas asks this some 40 times of each.
    var index = 0
    var end = knots.count
    while end - index > 1 {
      let middle = (index + end) / 2
      if knots[middle].seconds <= seconds { index = middle } else { end = middle }
    }
    let knot = knots[index]
    let perGrain: Double
    if end < knots.count {
      perGrain = (knots[end].seconds - knot.seconds) / Double(knots[end].grains - knot.grains)
    } else {
      perGrain = secondsPerGrainBeyond(knot)
    }
    let further = (seconds - knot.seconds) / perGrain
    return further < Double(most) ? min(most, knot.grains + Int(further)) : most
  }

  /// Beyond what was measured no grain is taken to be (nearly) free, so that a step is never staked
  /// on a guess: the number of grains grows as far as it has been seen to pay.
  private func secondsPerGrainBeyond(_ last: Knot) -> Double {
    max(secondsPerFurtherGrain, 0.1 * last.seconds / Double(last.grains))
  }
}
