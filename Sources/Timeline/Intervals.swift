/// A stretch of time, in seconds.
struct Interval: Equatable, Sendable {
  var start: Double
  var end: Double

  var length: Double { max(0, end - start) }

  /// What both have in common; its end lies before its start if that is nothing.
  func clipped(to other: Interval) -> Interval {
    Interval(start: max(start, other.start), end: min(end, other.end))
  }
}

/// A set of moments: intervals in order, apart from each other, none empty.
struct Intervals: Equatable, Sendable {
  private(set) var list: [Interval] = []

  /// Everything that is in at least one of `parts`, which may overlap.
  init(_ parts: some Sequence<Interval>) {
    for part in parts.filter({ $0.length > 0 }).sorted(by: { $0.start < $1.start }) {
      if let last = list.last, part.start <= last.end {
        list[list.count - 1].end = max(last.end, part.end)
      } else {
        list.append(part)
      }
    }
  }

  /// What is in this set and in the other.
  func intersection(_ other: Intervals) -> Intervals {
    var result: [Interval] = []
    var (i, j) = (0, 0)
    while i < list.count && j < other.list.count {
      let common = list[i].clipped(to: other.list[j])
      if common.length > 0 { result.append(common) }
      if list[i].end < other.list[j].end { i += 1 } else { j += 1 }
    }
    return Intervals(result)
  }

  /// What is in this set but not in the other.
  func subtracting(_ other: Intervals) -> Intervals {
    var result: [Interval] = []
    var j = 0
    for var rest in list {
      while j < other.list.count && other.list[j].end <= rest.start { j += 1 }
      var k = j
      while k < other.list.count && other.list[k].start < rest.end {
        result.append(Interval(start: rest.start, end: other.list[k].start))
        rest.start = other.list[k].end
        k += 1
      }
      result.append(rest)
    }
    return Intervals(result)
  }

  /// The parts that lie in `window`.
  func clipped(to window: Interval) -> [Interval] {
    // The first interval that ends after the window begins.
    var (low, high) = (0, list.count)
    while low < high {
      let middle = (low + high) / 2
      if list[middle].end <= window.start { low = middle + 1 } else { high = middle }
    }
    return list[low...].prefix { $0.start < window.end }.map { $0.clipped(to: window) }
  }

  /// Seconds of the set that lie in `window`.
  func length(in window: Interval) -> Double {
    clipped(to: window).reduce(0) { $0 + $1.length }
  }
}
