import Foundation

/// What one device did in a whole recording, as sets of moments.
struct DeviceTimeline: Sendable {
  /// The process of its rows.
  let name: String
  let computing: Intervals
  let communication: Intervals
  /// Communication under which the device computes.
  let hidden: Intervals
  /// Communication under which it does not.
  let exposed: Intervals
  /// Uploads of examples, where nothing else runs.
  let input: Intervals

  /// Every device of a recording, by name, `device 2` before `device 10`.
  static func all(in spans: [Span]) -> [DeviceTimeline] {
    let sums = spans.filter { $0.row.isHost && $0.activity.kind == .communication }
      .map(\.interval)
    let devices = Dictionary(grouping: spans.filter { !$0.row.isHost }, by: \.row.process)
    return devices.keys.sorted(by: isInOrder).map { name in
      DeviceTimeline(name, devices[name] ?? [], sums: sums)
    }
  }

  /// By the numbers in the names, not their digits.
  static func isInOrder(_ left: String, _ right: String) -> Bool {
    left.compare(right, options: .numeric) == .orderedAscending
  }

  private init(_ name: String, _ spans: [Span], sums: [Interval]) {
    self.name = name
    computing = Intervals(spans.filter { $0.activity.kind == .computation }.map(\.interval))
    communication = Intervals(
      spans.filter { $0.activity.kind == .communication }.map(\.interval) + sums)
    hidden = communication.intersection(computing)
    exposed = communication.subtracting(computing)
    input = Intervals(spans.filter { $0.activity == .input }.map(\.interval))
      .subtracting(computing).subtracting(communication)
  }

  /// How the device spent a stretch of time.
  func times(in window: Interval) -> OverlapReport.Times {
    var times = OverlapReport.Times()
    times.step = window.length
    times.computing = computing.length(in: window)
    times.communication = communication.length(in: window)
    times.hidden = hidden.length(in: window)
    times.exposed = exposed.length(in: window)
    times.input = input.length(in: window)
    times.waiting = max(0, times.step - times.computing - times.exposed - times.input)
    return times
  }
}
