import OpenCL
import Timeline

/// Records what one device does, on the clock of the recording.
///
/// Devices have clocks of their own, so the distance to the recording's is measured when the device is prepared. What
/// a device cannot time is timed by the host.
final class DeviceTrace {
  let recorder: Recorder
  private let process: String
  /// Seconds of the recording at the device's time 0.
  private let offset: Double
  private var pending: [(row: String, Activity, name: String, step: Int, from: Event?, to: Event)] =
    []

  /// A trace of the device of a queue that profiles; nil where nothing is recorded.
  init?(_ recorder: Recorder?, name: String, queue: CommandQueue) throws(OpenCLError) {
    guard let recorder else { return nil }
    self.recorder = recorder
    process = "device \(name)"
    var offset = Double.infinity
    for _ in 0..<8 {
      let marker = try queue.marker()
      try queue.finish()
      // The host learns of the end a little later than it is: the least distance is the nearest.
      offset = min(offset, recorder.now() - Double(try marker.profile().ended) * 1e-9)
    }
    self.offset = offset
  }

  /// Takes note of commands that begin behind `from` and end with `to`; without `from`, of one command.
  func add(
    _ row: String, _ activity: Activity, _ name: String, step: Int, from: Event? = nil, to: Event
  ) {
    pending.append((row, activity, name, step, from, to))
  }

  /// Records what the host has timed itself.
  func add(
    _ row: String, _ activity: Activity, _ name: String, step: Int, since start: Double
  ) {
    recorder.add(
      Span(
        Row(process: process, thread: row), activity, name, start: start, end: recorder.now(),
        step: step))
  }

  /// Records the commands so far, all of which have ended.
  func flush() {
    for (row, activity, name, step, from, to) in pending {
      guard let to = try? to.profile() else { continue }
      let start = (try? from?.profile())?.ended ?? to.started
      recorder.add(
        Span(
          Row(process: process, thread: row), activity, name,
          start: offset + Double(start) * 1e-9,
          end: offset + Double(to.ended) * 1e-9, step: step))
    }
    pending = []
  }
}
