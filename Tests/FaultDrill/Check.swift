import Foundation
import OpenCL

/// What the layer claims, tried on the first device.
enum Check: String, CaseIterable {
  case count, error, hang, bits, memory, lost, event, stall, slow, abort

  /// Throws `Failure` where the layer does not do what it says.
  func run(_ layer: FaultLayer) throws {
    let bench = try Bench(layer)
    layer.reset()
    switch self {
    case .count: try bench.counts()
    case .error: try bench.namesTheCall()
    case .hang: try bench.hangs(.hang)
    case .bits: try bench.flips()
    case .memory: try bench.flipsMemory()
    case .lost: try bench.staysLost()
    case .event: try bench.failsLate()
    case .stall: try bench.hangs(.stall)
    case .slow: try bench.isLate()
    case .abort:
      try layer.arm(.abort, call: 1)
      try bench.queue.flush()
      throw Failure(description: "the process went on")
    }
    print("ok")
  }
}

/// A queue and a little memory, to make calls.
///
/// Sendable: everything in it is.
private struct Bench: Sendable {
  let layer: FaultLayer
  let queue: CommandQueue, other: CommandQueue
  let buffer: Buffer
  let staging: StagingBuffer
  let kernel: Program

  init(_ layer: FaultLayer) throws {
    self.layer = layer
    guard let device = try Platform.all().flatMap({ try $0.devices() }).first else {
      throw Failure(description: "there is no OpenCL device")
    }
    let context = try Context(device: device)
    queue = try CommandQueue(context: context)
    other = try CommandQueue(context: try Context(device: device))
    buffer = try Buffer(context: context, byteCount: 64)
    staging = try StagingBuffer(context: context, queue: queue, byteCount: 64)
    kernel = try Program(
      context: context, name: "seven",
      source: "kernel void seven(global int* y) { y[get_global_id(0)] = 7; }")
    _ = try queue.fill(buffer, with: UInt32(5))
    try queue.finish()
  }

  private func download() throws -> [UInt32] {
    try queue.download(buffer, to: staging, byteCount: 64).wait()
    return Array(staging.bind(to: UInt32.self))
  }

  private func expect(_ isTrue: Bool, _ claim: String) throws {
    guard isTrue else { throw Failure(description: "not so: \(claim)") }
  }

  /// The OpenCL error that `body` throws.
  private func error(_ body: () throws -> Void) throws -> OpenCLError {
    do { try body() } catch let error as OpenCLError { return error }
    throw Failure(description: "nothing failed")
  }

  func counts() throws {
    try queue.flush()
    try expect(layer.count(.error) == 1, "one call is counted once")
    try expect(layer.count(.error, device: queue.context.device) == 1, "on its device")
    try expect(layer.count(.event) == 0, "a flush is no command")
    _ = try download()
    try expect(layer.count(.bits) == 1 && layer.count(.event) == 1, "a download is both")
    // More than 16 threads take turns at the lock.
    layer.reset()
    DispatchQueue.concurrentPerform(iterations: 1000) { _ in try? queue.flush() }
    try expect(layer.count(.error) == 1000, "no call of a thread is lost")
  }

  func namesTheCall() throws {
    try layer.arm(.error, call: 2)
    try queue.flush()
    let failed = try error { try queue.finish() }
    try expect(failed.call == "clFinish" && failed.code == -5, "\(failed) is the second call")
    try expect(layer.hits() == 1 && layer.name() == "clFinish", "the layer names it too")
    try queue.finish()
    try layer.arm(.error, call: 1)
    let refused = try error { _ = try Buffer(context: queue.context, byteCount: 8) }
    try expect(
      refused.call == "clCreateBuffer" && refused.code == -4, "\(refused) suits an allocation")
  }

  /// A download that hangs, by call or by event, holds up its own thread and no other.
  func hangs(_ kind: FaultKind) throws {
    try layer.arm(kind, call: 1)
    let ended = DispatchSemaphore(value: 0)
    Thread {
      // Fails after a hang, and succeeds after a stall.
      _ = try? download()
      ended.signal()
    }.start()
    try expect(ended.wait(timeout: .now() + .milliseconds(300)) == .timedOut, "it hangs")
    try other.finish()
    layer.release()
    try expect(ended.wait(timeout: .now() + .seconds(20)) == .success, "a release ends it")
    try expect(try download() == Array(repeating: 5, count: 16), "the device works again")
  }

  func flips() throws {
    try layer.arm(.bits, call: 2)
    let sound = try download()
    let flipped = try download()
    let bits = zip(sound, flipped).reduce(0) { $0 + ($1.0 ^ $1.1).nonzeroBitCount }
    try expect(bits == 1, "one bit of the second download is wrong, not \(bits)")
    try expect(try download() == sound, "the third download is sound")
    try layer.arm(.bits, call: 1)
    let mapping = try queue.map(buffer, for: .read)
    try mapping.event.wait()
    try expect(Array(mapping.bind(to: UInt32.self)) != sound, "a mapping is hit too")
  }

  func flipsMemory() throws {
    let seven = try kernel.kernel("seven")
    try seven.setArgument(0, buffer)
    try layer.arm(.memory, call: 1)
    try queue.launch(seven, global: WorkSize(16)).wait()
    let values = try download()
    try expect(values[0] == 7 ^ 0x8000 && values.dropFirst().allSatisfy { $0 == 7 }, "\(values)")
  }

  func staysLost() throws {
    try layer.arm(.lost, call: 2)
    try queue.flush()
    for _ in 0..<3 {
      let lost = try error { try queue.flush() }
      try expect(lost.call == "clFlush", "\(lost) is the flush")
    }
    _ = try error { _ = try download() }
    layer.reset()
    try expect(try download()[0] == 5, "a reset brings the device back")
  }

  func failsLate() throws {
    try layer.arm(.event, call: 1)
    let event = try queue.download(buffer, to: staging, byteCount: 64)
    let failed = try error { try event.wait() }
    try expect(
      failed.call == "clEnqueueReadBuffer" && failed.code == -5, "\(failed) is the download")
    // A launch without an event fails the next event of its queue.
    let seven = try kernel.kernel("seven")
    try seven.setArgument(0, buffer)
    try layer.arm(.event, call: 1)
    try queue.enqueue(seven, global: WorkSize(16))
    _ = try error { _ = try download() }
    try expect(try download()[0] == 5, "the launch was not done")
  }

  func isLate() throws {
    layer.setDelay(300)
    try layer.arm(.slow, call: 1)
    let time = try ContinuousClock().measure { try queue.flush() }
    try expect(time > .milliseconds(290), "\(time) is late")
  }
}
