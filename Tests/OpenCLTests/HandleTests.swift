import OpenCL
import Testing

@Suite("Reference counts")
struct HandleTests {
  @Test("every kind of object gives back the references that it took", arguments: allDevices)
  func balance(_ device: Device) throws {
    let context = try Context(device: device)
    let before = try context.referenceCount()
    for _ in 0..<3 { try useEveryKind(context) }
    #expect(try eventually { try context.referenceCount() == before })
  }

  @Test("a fresh object has one owner", arguments: allDevices)
  func oneOwner(_ device: Device) throws {
    let place = try Workplace(device)
    #expect(try Context(device: device).referenceCount() == 1)
    #expect(try CommandQueue(context: place.context).referenceCount() == 1)
    #expect(try Buffer(context: place.context, byteCount: 8).referenceCount() == 1)
    let program = try Program(context: place.context, source: axpySource)
    #expect(try program.referenceCount() == 1)
    #expect(try program.kernel("axpy").referenceCount() == 1)
  }

  @Test("a kernel lets go of its program and its buffers", arguments: allDevices)
  func kernelsLetGo(_ device: Device) throws {
    let place = try Workplace(device)
    let program = try Program(context: place.context, source: axpySource)
    let buffer = try Buffer(context: place.context, byteCount: 8)
    let counts = (try program.referenceCount(), try buffer.referenceCount())
    for _ in 0..<3 {
      let kernel = try program.kernel("axpy")
      try kernel.setArgument(0, buffer)
      try kernel.setArgument(1, buffer)
    }
    #expect(try eventually { try program.referenceCount() == counts.0 })
    #expect(try eventually { try buffer.referenceCount() == counts.1 })
  }

  @Test("commands let go of their queue and buffers once they have run", arguments: allDevices)
  func commandsLetGo(_ device: Device) throws {
    let place = try Workplace(device)
    let buffer = try Buffer(context: place.context, byteCount: 8)
    func useQueue() throws {
      let staging = try place.staging(8)
      _ = try place.queue.upload(staging, to: buffer, byteCount: 8)
      _ = try place.queue.marker()
      try place.queue.finish()
    }
    // PoCL's count includes the queue's last command, so the first use is not compared.
    try useQueue()
    let counts = (try place.queue.referenceCount(), try buffer.referenceCount())
    for _ in 0..<30 { try useQueue() }
    #expect(try eventually { try buffer.referenceCount() <= counts.1 })
    #expect(try eventually { try place.queue.referenceCount() <= counts.0 })
  }

  private func useEveryKind(_ context: Context) throws {
    let queue = try CommandQueue(context: context)
    let buffer = try Buffer(context: context, byteCount: 64)
    let staging = try StagingBuffer(context: context, queue: queue, byteCount: 64)
    let kernel = try Program(context: context, source: axpySource).kernel("axpy")
    try kernel.setArgument(0, buffer)
    try kernel.setArgument(1, buffer)
    try kernel.setArgument(2, Float(0))
    try kernel.setArgument(3, Int32(0))
    let filled = try queue.fill(buffer, with: UInt32(0))
    let launched = try queue.launch(kernel, global: WorkSize(16), after: [filled])
    let uploaded = try queue.upload(staging, to: buffer, byteCount: 64, after: [launched])
    let mapping = try queue.map(buffer, for: .read)
    try mapping.event.wait()
    _ = try queue.unmap(mapping, after: [uploaded])
    _ = try Gate(context: context)
    try queue.marker().wait()
  }
}
