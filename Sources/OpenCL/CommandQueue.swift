import COpenCL

/// An in-order queue of commands for one device.
///
/// Every command returns before it has run. A queue that is dropped waits for its copies between
/// host and device; to abandon a device that no longer answers, keep its queue for ever.
public final class CommandQueue: Sendable {
  /// The context of the queue's commands.
  public let context: Context

  let handle: Handle<CommandQueueObject>
  let inFlight = InFlight()

  /// Creates a queue; with `profiling`, its events know their times.
  public init(context: Context, profiling: Bool = false) throws(OpenCLError) {
    self.context = context
    let properties = cl_command_queue_properties(profiling ? CL_QUEUE_PROFILING_ENABLE : 0)
    let device = context.device
    var code: Int32 = CL_SUCCESS
    let created = clCreateCommandQueue(
      context.handle.pointer, device.handle.pointer, properties, &code)
    handle = try Handle(
      adopting: created, from: "clCreateCommandQueue", code, "device \(device.name)")
  }

  deinit {
    inFlight.drain()
  }

  /// Enqueues an event that completes after `events`, or after all earlier commands if empty.
  public func marker(after events: [Event] = []) throws(OpenCLError) -> Event {
    var event: OpaquePointer?
    let code = withWaitList(events) {
      clEnqueueMarkerWithWaitList(handle.pointer, $0, $1, &event)
    }
    try check("clEnqueueMarkerWithWaitList", code)
    return try Event(adopting: event, from: "clEnqueueMarkerWithWaitList")
  }

  /// Hands the commands so far to the device.
  public func flush() throws(OpenCLError) {
    try check("clFlush", clFlush(handle.pointer))
  }

  /// Blocks this thread until all commands so far have run; throws also where a copy or a fill failed that nobody
  /// waited for.
  public func finish() throws(OpenCLError) {
    try check("clFinish", clFinish(handle.pointer))
    try inFlight.check()
  }

  /// Throws where a copy or a fill has failed that nobody waited for; does not wait.
  ///
  /// The bytes are then the old ones, and the commands behind it went on with those.
  public func checkCopies() throws(OpenCLError) { try inFlight.check() }

  /// The queue's `cl_command_queue`, borrowed.
  package var rawPointer: OpaquePointer { handle.pointer }

  package func referenceCount() throws(OpenCLError) -> Int { try handle.referenceCount() }
}
