import OpenCL
import Testing

@Suite("Host memory")
struct StagingBufferTests {
  @Test("an upload keeps its staging buffer after the owner has dropped it", arguments: allDevices)
  func uploadOutlivesOwner(_ device: Device) throws {
    let place = try Workplace(device)
    let buffer = try Buffer(context: place.context, byteCount: 1 << 20)
    let gate = try Gate(context: place.context)
    let upload = try enqueueUpload(place, buffer, value: 7, after: gate)
    // Memory that was freed too early would be taken, and overwritten, by these.
    let other = try CommandQueue(context: place.context)
    let others = try (0..<4).map { _ in
      try StagingBuffer(context: place.context, queue: other, byteCount: buffer.byteCount)
    }
    for staging in others { staging.bind(to: Float.self).update(repeating: 3) }
    try gate.open()
    try upload.wait()
    #expect(try place.values(buffer).allSatisfy { $0 == 7 })
  }

  @Test("a queue that is dropped lets its copies end first", arguments: allDevices)
  func queueDropped(_ device: Device) throws {
    let context = try Context(device: device)
    let before = try context.referenceCount()
    let buffer = try Buffer(context: context, byteCount: 1 << 20)
    let upload = try {
      let queue = try CommandQueue(context: context)
      let staging = try StagingBuffer(context: context, queue: queue, byteCount: 1 << 20)
      staging.bind(to: UInt8.self).update(repeating: 5)
      return try queue.upload(staging, to: buffer, byteCount: 1 << 20)
    }()
    #expect(try upload.isComplete)
    #expect(try eventually { try buffer.referenceCount() == 1 })
    #expect(try eventually { try context.referenceCount() <= before + 2 })
  }

  @Test("memory that is not pinned goes up and comes down as it was", arguments: allDevices)
  func pageable(_ device: Device) throws {
    let place = try Workplace(device)
    let staging = StagingBuffer(pageable: 4096 + 12)
    let words = staging.bind(to: UInt32.self)
    for index in words.indices { words[index] = UInt32(index) ^ 0x5eed }
    let buffer = try Buffer(context: place.context, byteCount: staging.byteCount)
    try place.queue.upload(staging, to: buffer, byteCount: staging.byteCount).wait()
    words.update(repeating: 0)
    try place.queue.download(buffer, to: staging, byteCount: staging.byteCount).wait()
    #expect(words.indices.allSatisfy { words[$0] == UInt32($0) ^ 0x5eed })
  }

  @Test("the pointer is aligned for every vector type", arguments: allDevices)
  func alignment(_ device: Device) throws {
    let place = try Workplace(device)
    for byteCount in [1, 7, 64, 4097] {
      let staging = try place.staging(byteCount)
      #expect(Int(bitPattern: staging.pointer) % 64 == 0)
      #expect(staging.bind(to: Float.self).count == byteCount / 4)
    }
  }

  @Test("what is mapped for writing is read back by a map", arguments: allDevices)
  func mapRoundTrip(_ device: Device) throws {
    let place = try Workplace(device)
    let buffer = try Buffer(context: place.context, byteCount: 40, hostAccessible: true)
    _ = try place.queue.fill(buffer, with: Float(1))
    let written = try place.queue.map(buffer, for: .write, byteOffset: 8, byteCount: 12)
    try written.event.wait()
    #expect(written.bind(to: Float.self).count == 3)
    _ = written.bind(to: Float.self).update(fromContentsOf: [2, 3, 4])
    let unmapped = try place.queue.unmap(written)

    let read = try place.queue.map(buffer, for: .read, after: [unmapped])
    try read.event.wait()
    #expect(Array(read.bind(to: Float.self)) == [1, 1, 2, 3, 4, 1, 1, 1, 1, 1])
    try place.queue.unmap(read).wait()
  }

  @Test("a mapping that is dropped unmaps itself", arguments: allDevices)
  func droppedMapping(_ device: Device) throws {
    let place = try Workplace(device)
    let buffer = try place.buffer([1, 2])
    let count = try buffer.referenceCount()
    try {
      let mapping = try place.queue.map(buffer, for: .readWrite)
      try mapping.event.wait()
      mapping.bind(to: Float.self)[1] = 8
    }()
    try place.queue.finish()
    #expect(try place.values(buffer) == [1, 8])
    #expect(try eventually { try buffer.referenceCount() == count })
  }

  private func enqueueUpload(
    _ place: Workplace, _ buffer: Buffer, value: Float, after gate: Gate
  ) throws -> Event {
    let staging = try place.staging(buffer.byteCount)
    staging.bind(to: Float.self).update(repeating: value)
    return try place.queue.upload(
      staging, to: buffer, byteCount: buffer.byteCount, after: [gate.event])
  }
}
