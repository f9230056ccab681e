import OpenCL
import Testing

@Suite("Regions of a buffer")
struct BufferTests {
  @Test("a region is a part of its buffer's memory", arguments: allDevices)
  func sharedMemory(_ device: Device) throws {
    let place = try Workplace(device)
    let whole = try place.buffer([Float](repeating: 1, count: 300))
    let region = try whole.region(byteOffset: 512, byteCount: 12)
    #expect(region.byteCount == 12)
    try place.queue.fill(region, with: Float(7)).wait()
    let kernel = try place.axpy(region, try place.buffer([1, 2, 3]), factor: 10)
    try place.queue.enqueue(kernel, global: WorkSize(3))
    #expect(try place.values(region) == [17, 27, 37])
    let values = try place.values(whole)
    #expect(Array(values[126..<133]) == [1, 1, 17, 27, 37, 1, 1])
  }

  @Test("a region keeps its buffer alive, and lets go of it", arguments: allDevices)
  func ownership(_ device: Device) throws {
    let place = try Workplace(device)
    let before = try place.context.referenceCount()
    try {
      let region = try place.buffer([1, 2, 3]).region(byteOffset: 0, byteCount: 8)
      #expect(try place.values(region) == [1, 2])
    }()
    let whole = try Buffer(context: place.context, byteCount: 1024)
    let count = try whole.referenceCount()
    for _ in 0..<3 { _ = try whole.region(byteOffset: 512, byteCount: 4) }
    #expect(try eventually { try whole.referenceCount() == count })
    try place.queue.finish()
    #expect(try eventually { try place.context.referenceCount() <= before + 2 })
  }

  @Test("a region that is misplaced names the sizes", arguments: allDevices)
  func misplaced(_ device: Device) throws {
    let context = try Context(device: device)
    let whole = try Buffer(context: context, byteCount: 1024)
    let beyond = try openCLError { _ = try whole.region(byteOffset: 512, byteCount: 513) }
    #expect(beyond.detail == "513 bytes at offset 512 of a buffer of 1024 bytes")
    let misaligned = try openCLError { _ = try whole.region(byteOffset: 4, byteCount: 8) }
    #expect(misaligned.name == "CL_MISALIGNED_SUB_BUFFER_OFFSET")
    let region = try whole.region(byteOffset: 512, byteCount: 512)
    #expect(throws: OpenCLError.self) { try region.region(byteOffset: 0, byteCount: 4) }
  }
}
