extension CommandQueue {
  /// Whether the device sees what the host writes to memory that a buffer was made of, without being told.
  ///
  /// OpenCL leaves that open: CPU runtimes use the memory itself (PoCL, Intel's), Oclgrind a copy. Blocks.
  public func readsHostMemoryInPlace() throws(OpenCLError) -> Bool {
    let memory = HostMemory(byteCount: HostMemory.page)
    let shared = try Buffer(
      context: context, reading: memory.pointer, byteCount: memory.byteCount, owner: memory)
    let own = try Buffer(context: context, byteCount: memory.byteCount)
    let seen = try StagingBuffer(context: context, queue: self, byteCount: memory.byteCount)
    for value: UInt8 in [1, 2] {
      memory.pointer.initializeMemory(as: UInt8.self, repeating: value, count: memory.byteCount)
      _ = try copy(shared, to: own, byteCount: memory.byteCount)
      try download(own, to: seen, byteCount: memory.byteCount).wait()
      guard seen.bind(to: UInt8.self).allSatisfy({ $0 == value }) else { return false }
    }
    return true
  }
}
