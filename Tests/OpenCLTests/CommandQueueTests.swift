import OpenCL
import Testing

@Suite("CommandQueue")
struct CommandQueueTests {
  @Test("a round trip moves exactly the bytes asked for", arguments: allDevices)
  func roundTrip(_ device: Device) throws {
    let place = try Workplace(device)
    let buffer = try Buffer(context: place.context, byteCount: 61)
    let (source, destination) = (try place.staging(37), try place.staging(53))
    let bytes = source.bind(to: UInt8.self)
    for index in bytes.indices { bytes[index] = UInt8(index + 1) }
    destination.bind(to: UInt8.self).update(repeating: 0xEE)

    _ = try place.queue.fill(buffer, with: UInt8(0xAA))
    _ = try place.queue.upload(source, sourceOffset: 5, to: buffer, offset: 11, byteCount: 13)
    try place.queue.download(
      buffer, offset: 9, to: destination, destinationOffset: 3, byteCount: 17
    ).wait()

    let expected =
      [UInt8](repeating: 0xEE, count: 3) + [0xAA, 0xAA] + (6...18) + [0xAA, 0xAA]
      + [UInt8](repeating: 0xEE, count: 33)
    #expect(Array(destination.bind(to: UInt8.self)) == expected)
  }

  @Test("a fill and a copy touch only their range", arguments: allDevices)
  func fillAndCopy(_ device: Device) throws {
    let place = try Workplace(device)
    let (a, b) = (try place.buffer([1, 2, 3, 4, 5]), try place.buffer([6, 7, 8]))
    _ = try place.queue.fill(a, with: Float(9), offset: 4, byteCount: 8)
    _ = try place.queue.copy(a, offset: 8, to: b, destinationOffset: 4, byteCount: 8)
    #expect(try place.values(a) == [1, 9, 9, 4, 5])
    #expect(try place.values(b) == [6, 9, 4])
  }

  @Test("a copy beyond either end is refused with both sizes", arguments: allDevices)
  func outOfRange(_ device: Device) throws {
    let place = try Workplace(device)
    let (buffer, staging) = (
      try Buffer(context: place.context, byteCount: 16), try place.staging(8)
    )
    let tooLong = try openCLError {
      _ = try place.queue.upload(staging, sourceOffset: 4, to: buffer, byteCount: 5)
    }
    #expect(tooLong.detail == "5 bytes at offset 4 of a staging buffer of 8 bytes")
    let tooFar = try openCLError {
      _ = try place.queue.download(buffer, offset: 12, to: staging, byteCount: 8)
    }
    #expect(tooFar.detail == "8 bytes at offset 12 of a buffer of 16 bytes")
    #expect(throws: OpenCLError.self) { try place.queue.map(buffer, for: .read, byteOffset: -1) }
    #expect(throws: OpenCLError.self) {
      try place.queue.copy(buffer, to: buffer, byteCount: .max)
    }
  }

  @Test("launches of one, two and three dimensions reach every work-item", arguments: allDevices)
  func dimensions(_ device: Device) throws {
    let place = try Workplace(device)
    let source = """
      kernel void mark(global float* x) {
        size_t i = get_global_id(0) + get_global_size(0)
          * (get_global_id(1) + get_global_size(1) * get_global_id(2));
        x[i] += (float)(i + 1);
      }
      """
    let kernel = try Program(context: place.context, source: source).kernel("mark")
    let sizes = [WorkSize(30), WorkSize(6, 5), WorkSize(2, 3, 5)]
    let groups = [WorkSize(10), WorkSize(3, 5), WorkSize(2, 1, 5)]
    for (global, local) in zip(sizes, groups) {
      let buffer = try place.buffer([Float](repeating: 0, count: 30))
      try kernel.setArgument(0, buffer)
      try place.queue.enqueue(kernel, global: global, local: local)
      _ = try place.queue.launch(kernel, global: global)
      #expect(try place.values(buffer) == (1...30).map { Float(2 * $0) })
    }
  }

  @Test("a launch waits for the events of another queue", arguments: allDevices)
  func waitList(_ device: Device) throws {
    let place = try Workplace(device)
    let other = try CommandQueue(context: place.context)
    let gate = try Gate(context: place.context)
    let (y, x) = (try place.buffer([1, 2]), try place.buffer([0, 0]))
    let filled = try other.fill(x, with: Float(5), after: [gate.event])
    let launched = try place.queue.launch(
      place.axpy(y, x, factor: 1), global: WorkSize(2), after: [filled, gate.event])
    try other.flush()
    try place.queue.flush()
    #expect(try !launched.wait(atMost: .milliseconds(20)))
    try gate.open()
    #expect(try launched.wait(atMost: .seconds(20)))
    #expect(try place.values(y) == [6, 7])
  }

  @Test("a kernel's buffers live as long as its arguments", arguments: allDevices)
  func argumentsLive(_ device: Device) throws {
    let place = try Workplace(device)
    let y = try place.buffer([1, 2, 3])
    // The other buffer has no owner but the kernel.
    let kernel = try place.axpy(y, try place.buffer([1, 1, 1]), factor: 4)
    try place.queue.enqueue(kernel, global: WorkSize(3))
    try place.queue.enqueue(kernel, global: WorkSize(3))
    #expect(try place.values(y) == [9, 10, 11])
  }

  @Test("local memory is an argument", arguments: allDevices)
  func localMemory(_ device: Device) throws {
    let place = try Workplace(device)
    let source = """
      kernel void reversed(global float* x, local float* scratch) {
        size_t i = get_local_id(0), n = get_local_size(0);
        scratch[i] = x[i];
        barrier(CLK_LOCAL_MEM_FENCE);
        x[i] = scratch[n - 1 - i];
      }
      """
    let kernel = try Program(context: place.context, source: source).kernel("reversed")
    let buffer = try place.buffer([1, 2, 3, 4])
    try kernel.setArgument(0, buffer)
    try kernel.setLocalArgument(1, byteCount: 16)
    try place.queue.enqueue(kernel, global: WorkSize(4), local: WorkSize(4))
    #expect(try place.values(buffer) == [4, 3, 2, 1])
    #expect(try kernel.localMemoryByteCount() >= 16)
    #expect(try kernel.workGroupMultiple() > 0)
  }
}
