import COpenCL
import Glibc

/// How far a command has come.
public enum EventStatus: Sendable, Equatable {
  /// In the queue.
  case queued
  /// Handed to the device.
  case submitted
  /// Running.
  case running
  /// Ended well.
  case complete
  /// Ended with an error, whose code this is.
  case failed(Int32)
}

/// The end of one command of a queue.
public final class Event: Sendable {
  let handle: Handle<EventObject>

  // What was enqueued, for errors.
  private let call: StaticString

  init(adopting created: OpaquePointer?, from call: StaticString) throws(OpenCLError) {
    self.call = call
    handle = try Handle(adopting: created, from: call, CL_SUCCESS)
  }

  /// Takes over an event that another library created (+1 given).
  package init(adopting pointer: OpaquePointer, from call: StaticString) {
    self.call = call
    handle = Handle(adopting: pointer)
  }

  /// How far the command has come.
  public var status: EventStatus {
    get throws(OpenCLError) {
      var status: Int32 = 0
      let size = MemoryLayout<Int32>.size
      let parameter = cl_event_info(CL_EVENT_COMMAND_EXECUTION_STATUS)
      try check("clGetEventInfo", clGetEventInfo(handle.pointer, parameter, size, &status, nil))
      switch status {
      case CL_COMPLETE: return .complete
      case CL_RUNNING: return .running
      case CL_SUBMITTED: return .submitted
      case ..<0: return .failed(status)
      default: return .queued
      }
    }
  }

  /// Whether the command has ended well; throws if it has ended with an error.
  public var isComplete: Bool {
    get throws(OpenCLError) {
      switch try status {
      case .failed(let code): throw failure(code)
      case .complete: break
      default: return false
      }
      // Intel's CPU runtime 2026.2 calls a command complete that it skipped because its wait list
      // failed: only `clWaitForEvents`, which returns at once here, tells.
      try wait()
      return true
    }
  }

  /// Blocks this thread until the command has ended; throws if it ended with an error.
  public func wait() throws(OpenCLError) {
    var pointer: OpaquePointer? = handle.pointer
    let code = clWaitForEvents(1, &pointer)
    guard code != CL_SUCCESS else { return }
    // The call only says that the event failed; the event says why.
    if case .failed(let code) = try status { throw failure(code) }
    throw OpenCLError(call: "clWaitForEvents", code: code, detail: "after \(call)")
  }

  /// Waits at most `limit` and tells whether the command has ended; throws if with an error.
  ///
  /// For devices that may never answer. The queue must have been flushed. Polls, at intervals
  /// that grow from 20 microseconds to a millisecond.
  public func wait(atMost limit: Duration) throws(OpenCLError) -> Bool {
    let deadline = ContinuousClock.now + limit
    var microseconds: UInt32 = 20
    while try !isComplete {
      guard ContinuousClock.now < deadline else { return false }
      usleep(microseconds)
      microseconds = min(microseconds * 2, 1000)
    }
    return true
  }

  /// The event's `cl_event`, borrowed.
  package var rawPointer: OpaquePointer { handle.pointer }

  package func referenceCount() throws(OpenCLError) -> Int { try handle.referenceCount() }

  func failure(_ code: Int32) -> OpenCLError {
    OpenCLError(call: "\(call)", code: code, detail: "reported by the event of the command")
  }
}

/// Calls `body` with the count and the pointers of a wait list; an empty one is 0 and NULL.
@inline(__always)
func withWaitList(
  _ events: [Event], _ body: (UInt32, UnsafePointer<OpaquePointer?>?) -> Int32
) -> Int32 {
  guard !events.isEmpty else { return body(0, nil) }
  return withUnsafeTemporaryAllocation(of: OpaquePointer?.self, capacity: events.count) { list in
    for (index, event) in events.enumerated() {
      list.initializeElement(at: index, to: event.handle.pointer)
    }
    return withExtendedLifetime(events) { body(UInt32(events.count), list.baseAddress) }
  }
}
