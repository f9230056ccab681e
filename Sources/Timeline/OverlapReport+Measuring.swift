extension OverlapReport {
  /// Measures a recording.
  ///
  /// A step lasts from its own first span, or from the end of the step before if that is later, to the end of its
  /// last span; checkpoints and faults do not extend it. What runs in it is counted where it runs, so the input of
  /// the next step, uploaded early, counts in the step that it overlaps.
  ///
  /// - Parameters:
  ///   - spans: The recording, in any order.
  ///   - range: Measure only these steps; nil for all but the warm-up.
  ///   - warmup: Steps at the beginning to leave out where `range` is nil; one is always kept.
  /// - Throws: `TimelineError` for a recording without steps or devices.
  public init(
    _ spans: [Span], steps range: ClosedRange<Int>? = nil, warmup: Int = 1
  ) throws(TimelineError) {
    let all = try RecordedStep.chosen(range, of: RecordedStep.all(in: spans))
    leftOut = range == nil ? min(max(warmup, 0), all.count - 1) : 0
    let chosen = Array(all.dropFirst(leftOut))
    let lines = DeviceTimeline.all(in: spans)
    guard !lines.isEmpty else { throw .noDevice }

    let critical = Self.criticalDevices(of: chosen, spans, lines)
    steps = zip(chosen, critical).map { step, critical in
      Step(
        step: step.step, start: step.interval.start, end: step.interval.end,
        times: lines.map { $0.times(in: step.interval) }, critical: critical)
    }
    let measured = steps
    devices = lines.enumerated().map { Device(name: $1.name, index: $0, measured) }
    let shares = measured.map { $0.times[$0.critical].exposedShare }
    exposedShare = shares.median
    (worstExposedShare, worstStep) = Self.worst(shares, measured)
    meanExposedShare =
      measured.map { step in
        step.times.reduce(0) { $0 + $1.exposedShare } / Double(step.times.count)
      }.median
    exposures = Self.exposures(spans, measured, lines)
  }

  /// The device whose forward and backward end last, in each step: the others wait for its gradients. Without any
  /// such span, the device that does anything last.
  private static func criticalDevices(
    of steps: [RecordedStep], _ spans: [Span], _ lines: [DeviceTimeline]
  ) -> [Int] {
    let places = Dictionary(
      uniqueKeysWithValues: lines.enumerated().map { ($1.name, $0) })
    let byNumber = Dictionary(uniqueKeysWithValues: steps.enumerated().map { ($1.step, $0) })
    var last: [(isCompute: Bool, end: Double, device: Int)?] = steps.map { _ in nil }
    for span in spans {
      guard let step = byNumber[span.step], let device = places[span.row.process] else { continue }
      let isCompute = span.activity == .compute
      if let known = last[step] {
        guard isCompute == known.isCompute ? span.end > known.end : isCompute else { continue }
      }
      last[step] = (isCompute, span.end, device)
    }
    return last.map { $0?.device ?? 0 }
  }

  /// Sums up, over all steps, during which communication the device that finishes last had nothing to compute.
  private static func exposures(
    _ spans: [Span], _ steps: [Step], _ lines: [DeviceTimeline]
  ) -> [Exposure] {
    struct Key: Hashable {
      let activity: Activity
      let name: String
    }
    var sums: [Key: Double] = [:]
    for span in spans where span.activity.kind == .communication {
      // The steps are in order and apart: the first that ends after the span begins, and those behind it.
      var (low, high) = (0, steps.count)
      while low < high {
        let middle = (low + high) / 2
        if steps[middle].end <= span.start { low = middle + 1 } else { high = middle }
      }
      for step in steps[low...].prefix(while: { $0.start < span.end }) {
        let line = lines[step.critical]
        guard span.row.isHost || span.row.process == line.name else { continue }
        let window = span.interval.clipped(to: Interval(start: step.start, end: step.end))
        let seconds = line.exposed.length(in: window)
        if seconds > 0 {
          sums[Key(activity: span.activity, name: span.name), default: 0] += seconds
        }
      }
    }
    return sums.map {
      Exposure(
        activity: $0.activity, name: $0.name, secondsPerStep: $1 / Double(steps.count))
    }.sorted { ($1.secondsPerStep, $0.name) < ($0.secondsPerStep, $1.name) }
  }

  fileprivate static func worst(_ shares: [Double], _ steps: [Step]) -> (Double, step: Int) {
    let worst = shares.indices.max { shares[$0] < shares[$1] } ?? 0
    return (shares[worst], steps[worst].step)
  }
}

extension OverlapReport.Device {
  fileprivate init(name: String, index: Int, _ steps: [OverlapReport.Step]) {
    let times = steps.map { $0.times[index] }
    let shares = times.map(\.exposedShare)
    self.name = name
    median = OverlapReport.Times(
      step: times.map(\.step).median, computing: times.map(\.computing).median,
      communication: times.map(\.communication).median, hidden: times.map(\.hidden).median,
      exposed: times.map(\.exposed).median, input: times.map(\.input).median,
      waiting: times.map(\.waiting).median)
    hiddenShare = times.map(\.hiddenShare).median
    exposedShare = shares.median
    (worstExposedShare, worstStep) = OverlapReport.worst(shares, steps)
    criticalSteps = steps.count { $0.critical == index }
  }
}

extension [Double] {
  /// The middle value, or the mean of the two in the middle; 0 of nothing.
  fileprivate var median: Double {
    guard !isEmpty else { return 0 }
    let sorted = sorted()
    return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2
  }
}
