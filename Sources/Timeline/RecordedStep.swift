/// When a step of the recording took place.
///
/// A step lasts from its own first span, or from the end of the step before if that is later, to the end of its
/// last span on any row. So steps never share a moment, also where one prepares the next: what runs is counted
/// where it runs, whatever step it is for. Time between two steps, in which neither has a span (an evaluation, or
/// a checkpoint that training waits for), belongs to none.
struct RecordedStep: Equatable, Sendable {
  let step: Int
  let interval: Interval

  /// All steps of a recording, in order; those that take no time are left out.
  static func all(in spans: [Span]) -> [RecordedStep] {
    var bounds: [Int: Interval] = [:]
    for span in spans where span.step != Span.noStep && span.activity.isPartOfStep {
      let known = bounds[span.step] ?? span.interval
      bounds[span.step] = Interval(
        start: min(known.start, span.start), end: max(known.end, span.end))
    }
    var steps: [RecordedStep] = []
    for (step, bound) in bounds.sorted(by: { $0.key < $1.key }) {
      let start = max(bound.start, steps.last?.interval.end ?? bound.start)
      guard bound.end > start else { continue }
      steps.append(RecordedStep(step: step, interval: Interval(start: start, end: bound.end)))
    }
    return steps
  }

  /// The steps of a recording that lie in `range`.
  ///
  /// - Throws: `TimelineError.noSteps` or `.stepsMissing`.
  static func chosen(
    _ range: ClosedRange<Int>?, of all: [RecordedStep]
  ) throws(TimelineError) -> [RecordedStep] {
    guard let first = all.first, let last = all.last else { throw .noSteps }
    guard let range else { return all }
    let chosen = all.filter { range.contains($0.step) }
    guard !chosen.isEmpty else {
      throw .stepsMissing(asked: range, recorded: first.step...last.step)
    }
    return chosen
  }
}
