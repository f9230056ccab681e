import OpenCL
import Testing

@Suite("Event")
struct EventTests {
  @Test(
    "a profiled command is queued, submitted, started and ended, in order", arguments: allDevices)
  func profile(_ device: Device) throws {
    let place = try Workplace(device, profiling: true)
    let buffer = try Buffer(context: place.context, byteCount: 1 << 20)
    let first = try place.queue.fill(buffer, with: UInt32(1))
    let second = try place.queue.fill(buffer, with: UInt32(2))
    try second.wait()
    for interval in [try first.profile(), try second.profile()] {
      #expect(interval.queued <= interval.submitted)
      #expect(interval.submitted <= interval.started)
      #expect(interval.started <= interval.ended)
      #expect(interval.seconds >= 0)
    }
    #expect(try first.profile().ended <= second.profile().ended)
  }

  @Test("a queue without profiling has no times", arguments: allDevices)
  func noProfile(_ device: Device) throws {
    let place = try Workplace(device)
    let marker = try place.queue.marker()
    try marker.wait()
    let error = try openCLError { _ = try marker.profile() }
    #expect(error.name == "CL_PROFILING_INFO_NOT_AVAILABLE")
  }

  @Test("an event is unfinished, then complete", arguments: allDevices)
  func status(_ device: Device) throws {
    let place = try Workplace(device)
    let gate = try Gate(context: place.context)
    let marker = try place.queue.marker(after: [gate.event])
    #expect(try !marker.isComplete)
    #expect(try marker.status != .complete)
    try gate.open()
    try marker.wait()
    #expect(try marker.isComplete)
    #expect(try marker.status == .complete)
    #expect(try marker.wait(atMost: .zero))
  }

  @Test("a wait with a limit ends although the event does not", arguments: allDevices)
  func limitedWait(_ device: Device) throws {
    let gate = try Gate(context: try Context(device: device))
    let begun = ContinuousClock.now
    #expect(try !gate.event.wait(atMost: .milliseconds(30)))
    #expect(ContinuousClock.now - begun >= .milliseconds(30))
  }

  @Test("an event that failed says with which status", arguments: allDevices)
  func failure(_ device: Device) throws {
    let gate = try Gate(context: try Context(device: device))
    try gate.fail(-5)
    #expect(try gate.event.status == .failed(-5))
    let error = try openCLError { try gate.event.wait() }
    #expect(error.name == "CL_OUT_OF_RESOURCES")
    #expect(throws: OpenCLError.self) { try gate.event.isComplete }
    #expect(throws: OpenCLError.self) { try gate.event.wait(atMost: .seconds(1)) }
  }

  @Test("a command behind a failed event does not run, and says so", arguments: allDevices)
  func failedWaitList(_ device: Device) throws {
    let place = try Workplace(device)
    let buffer = try Buffer(context: place.context, byteCount: 12)
    try place.queue.fill(buffer, with: Float(3)).wait()
    let gate = try Gate(context: place.context)
    let filled = try place.queue.fill(buffer, with: Float(9), after: [gate.event])
    try place.queue.flush()
    try gate.fail(-5)
    #expect(throws: OpenCLError.self) { try filled.wait(atMost: .seconds(20)) }
    #expect(throws: OpenCLError.self) { try filled.wait() }
    // A queue may run nothing any more after a failure, so another one looks.
    let other = try CommandQueue(context: place.context)
    let staging = try StagingBuffer(context: place.context, queue: other, byteCount: 12)
    try other.download(buffer, to: staging, byteCount: 12).wait()
    #expect(Array(staging.bind(to: Float.self)) == [3, 3, 3])
  }
}
