import Timeline

/// Timelines whose shares are known by hand. Times are in milliseconds.
enum TestTimelines {
  static let compute = Row(process: "device 0", thread: "compute queue")
  static let transfer = Row(process: "device 0", thread: "transfer queue")
  static let reducer = Row.host("reducer")

  static func span(
    _ row: Row, _ activity: Activity, _ name: String, _ start: Double, _ end: Double, step: Int,
    notes: [String: String] = [:]
  ) -> Span {
    Span(row, activity, name, start: start / 1e3, end: end / 1e3, step: step, notes: notes)
  }

  /// Step `step` on one device, from `begin` for 20 ms: 16 computing, 9 communication of which 6 are hidden and 3
  /// are exposed, 1 input.
  ///
  ///     input    |0-1|
  ///     compute      |1-------------------12|           |15--16| |16----20| (update)
  ///     download               |6---10|    |12-13|
  ///     reduce                      |9-11|      |13-14|
  ///     upload                                      |14-16|
  static func oneDevice(step: Int, begin: Double) -> [Span] {
    let at = { (row: Row, activity: Activity, name: String, start: Double, end: Double) in
      span(row, activity, name, begin + start, begin + end, step: step)
    }
    return [
      at(transfer, .input, "examples", 0, 1),
      at(compute, .compute, "grains 0..<4", 1, 12),
      at(transfer, .download, "bucket 0", 6, 10),
      at(reducer, .reduce, "bucket 0", 9, 11),
      at(transfer, .download, "bucket 1", 12, 13),
      at(reducer, .reduce, "bucket 1", 13, 14),
      at(transfer, .upload, "bucket 0", 14, 16),
      at(compute, .update, "bucket 0", 15, 16),
      at(compute, .update, "bucket 1", 16, 20),
      at(Row.host("scheduler"), .decision, "split 4", 0, 0),
    ]
  }

  /// Two devices for 10 ms: device 1 computes until 8, device 0 until 4 and then waits.
  static func twoDevices(step: Int, begin: Double) -> [Span] {
    let fast = Row(process: "device 0", thread: "compute queue")
    let slow = Row(process: "device 1", thread: "compute queue")
    let at = { (row: Row, activity: Activity, name: String, start: Double, end: Double) in
      span(row, activity, name, begin + start, begin + end, step: step)
    }
    return [
      at(fast, .compute, "grains 0..<4", 0, 4),
      at(slow, .compute, "grains 4..<8", 0, 8),
      at(Row(process: "device 0", thread: "transfer queue"), .download, "bucket 0", 2, 5),
      at(Row(process: "device 1", thread: "transfer queue"), .download, "bucket 0", 5, 8),
      at(reducer, .reduce, "bucket 0", 7.5, 8.5),
      at(fast, .update, "bucket 0", 8.5, 10),
      at(slow, .update, "bucket 0", 8.5, 9),
    ]
  }
}
