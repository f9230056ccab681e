import COpenCL

/// When a command was queued, submitted, started and ended, in the device's nanoseconds.
public struct ProfileInterval: Sendable, Equatable {
  /// When the host enqueued the command.
  public let queued: UInt64
  /// When the command went to the device.
  public let submitted: UInt64
  /// When the device started.
  public let started: UInt64
  /// When the device ended.
  public let ended: UInt64

  /// How long the device worked.
  public var seconds: Double { Double(ended &- started) * 1e-9 }
}

extension Event {
  /// The times of a command that has completed, in a queue created with `profiling: true`.
  public func profile() throws(OpenCLError) -> ProfileInterval {
    let pointer = handle.pointer
    let query = Query("clGetEventProfilingInfo") {
      clGetEventProfilingInfo(pointer, $0, $1, $2, $3)
    }
    return ProfileInterval(
      queued: try query.value(CL_PROFILING_COMMAND_QUEUED, as: UInt64.self),
      submitted: try query.value(CL_PROFILING_COMMAND_SUBMIT, as: UInt64.self),
      started: try query.value(CL_PROFILING_COMMAND_START, as: UInt64.self),
      ended: try query.value(CL_PROFILING_COMMAND_END, as: UInt64.self))
  }
}
