/// Some steps of a recording as a picture (SVG): a line per row, time from left to right.
///
/// The picture needs no other file, has no background, and its texts are readable on white and on black. The name,
/// duration and notes of a span show where the pointer rests on it.
public struct Drawing: Sendable {
  /// The steps that are drawn.
  public let steps: ClosedRange<Int>

  let chosen: [RecordedStep]
  /// From the beginning of the first step to the end of the last.
  let window: Interval
  let groups: [DrawingGroup]
  /// Activities that occur in the window, in the order in which a step does them.
  let activities: [Activity]

  /// Lays out some steps.
  ///
  /// - Parameters:
  ///   - spans: The recording, in any order.
  ///   - range: The steps to draw; nil for the three in the middle.
  /// - Throws: `TimelineError` for a recording that has no such steps.
  public init(_ spans: [Span], steps range: ClosedRange<Int>? = nil) throws(TimelineError) {
    var chosen = try RecordedStep.chosen(range, of: RecordedStep.all(in: spans))
    if range == nil {
      chosen = Array(
        chosen.dropFirst((chosen.count - 1) / 2 - (chosen.count > 2 ? 1 : 0)).prefix(3))
    }
    guard let first = chosen.first, let last = chosen.last else { throw .noSteps }
    self.chosen = chosen
    steps = first.step...last.step
    let window = Interval(start: first.interval.start, end: last.interval.end)
    self.window = window
    // An instant at a border is drawn too.
    let visible = spans.filter { $0.start <= window.end && $0.end >= window.start }
    let kinds = Set(visible.map(\.activity))
    activities = Activity.allCases.filter(kinds.contains)
    groups = DrawingGroup.all(in: spans, visible: visible)
  }
}

/// A device or the host, with its rows.
struct DrawingGroup: Sendable {
  let name: String
  let rows: [DrawingRow]
  /// The overlap of a device, for the strip below its rows.
  let overlap: DeviceTimeline?

  /// All processes of the recording, also those that do nothing in the window; the host comes last.
  static func all(in spans: [Span], visible: [Span]) -> [DrawingGroup] {
    let overlaps = DeviceTimeline.all(in: spans)
    let shown = Dictionary(grouping: visible, by: \.row)
    let processes = Dictionary(grouping: Set(spans.map(\.row)), by: \.process)
    let names = processes.keys.sorted(by: DeviceTimeline.isInOrder)
    let isHost = { (name: String) in processes[name]?.first?.isHost == true }
    return (names.filter { !isHost($0) } + names.filter(isHost)).map { name in
      let rows = (processes[name] ?? []).sorted { DeviceTimeline.isInOrder($0.thread, $1.thread) }
      return DrawingGroup(
        name: name, rows: rows.map { DrawingRow(name: $0.thread, shown[$0] ?? []) },
        overlap: overlaps.first { $0.name == name })
    }
  }
}

/// The spans of one row, on as many lanes as overlap at a time.
struct DrawingRow: Sendable {
  /// More that overlap share the last lane.
  private static let maxLanes = 6

  let name: String
  let spans: [(span: Span, lane: Int)]
  let laneCount: Int

  init(name: String, _ spans: [Span]) {
    self.name = name
    var ends: [Double] = []
    var placed: [(span: Span, lane: Int)] = []
    for span in spans.sorted(by: { ($0.start, $1.end) < ($1.start, $0.end) }) {
      // A nanosecond of tolerance: the file's times are rounded.
      var lane = ends.firstIndex { $0 <= span.start + 1e-9 } ?? ends.count
      if lane == Self.maxLanes { lane -= 1 }
      if lane == ends.count { ends.append(span.end) }
      ends[lane] = max(ends[lane], span.end)
      placed.append((span, lane))
    }
    self.spans = placed
    laneCount = max(1, ends.count)
  }
}
