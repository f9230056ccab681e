/// One line of the timeline: something that does one thing after another.
public struct Row: Hashable, Sendable {
  /// A device, such as `device 0/2[1]`, or `host`.
  public let process: String
  /// A queue or a thread, such as `compute queue`, `transfer queue`, `reducer`, `scheduler`.
  public let thread: String

  /// The row of `thread` in `process`.
  public init(process: String, thread: String) {
    self.process = process
    self.thread = thread
  }

  /// A row of the host.
  public static func host(_ thread: String) -> Row { Row(process: "host", thread: thread) }

  /// Whether the row is the host's: every other process is a device.
  public var isHost: Bool { process == "host" || process.hasPrefix("host ") }
}

/// What one row did from one moment to another.
public struct Span: Equatable, Sendable {
  /// The step of spans that belong to none, such as a device that joins before the first.
  public static let noStep = -1

  /// Who did it.
  public let row: Row
  /// What it did.
  public let activity: Activity
  /// To what, such as `bucket 3` or `grains 0..<8`.
  public let name: String
  /// Seconds since the recording began; equal for something that takes no time.
  public let start, end: Double
  /// The step it belongs to, or `noStep`.
  public let step: Int
  /// More for whoever looks at it; the key `step` is taken.
  public let notes: [String: String]

  /// A span; an `end` before its `start`, as two clocks may give it, counts as the `start`.
  public init(
    _ row: Row, _ activity: Activity, _ name: String, start: Double, end: Double,
    step: Int = Span.noStep, notes: [String: String] = [:]
  ) {
    self.row = row
    self.activity = activity
    self.name = name
    self.start = start
    self.end = max(start, end)
    self.step = step
    self.notes = notes
  }

  /// Where it lies in time.
  var interval: Interval { Interval(start: start, end: end) }
}
