/// Why a timeline cannot be read, measured or written; each says what to do.
public enum TimelineError: Error, Equatable, CustomStringConvertible {
  /// The file is not JSON.
  case notJSON(String)
  /// The file is JSON, but no trace.
  case notATrace
  /// The trace has events, but none that chorus records.
  case foreign(eventCount: Int)
  /// The recording has no step.
  case noSteps
  /// The recording has no device.
  case noDevice
  /// The steps asked for are not in the recording.
  case stepsMissing(asked: ClosedRange<Int>, recorded: ClosedRange<Int>)
  /// The file cannot be written.
  case notWritable(path: String, reason: String)

  private static let remedy = "record one with chorus train --trace FILE"

  /// A sentence without a full stop.
  public var description: String {
    switch self {
    case .notJSON(let detail): "is not JSON (\(detail)); \(Self.remedy)"
    case .notATrace:
      "is JSON, but not a trace: neither an array of events nor an object with traceEvents;"
        + " \(Self.remedy)"
    case .foreign(let count):
      "is a trace, but none of its \(count) events is one that chorus records; \(Self.remedy)"
    case .noSteps:
      "has no step of training; let the run take some steps, and end it with Ctrl-C or let it finish"
    case .noDevice: "has no row of a device, only of the host; \(Self.remedy)"
    case .stepsMissing(let asked, let recorded):
      "has no step in \(asked.lowerBound)..\(asked.upperBound); it holds the steps"
        + " \(recorded.lowerBound)..\(recorded.upperBound)"
    case .notWritable(let path, let reason):
      "\(path) cannot be written: \(reason); name a file in a folder that has room"
    }
  }
}
