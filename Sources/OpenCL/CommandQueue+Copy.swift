import COpenCL

extension CommandQueue {
  /// Copies host memory to the device; `source` is kept until the copy is done.
  ///
  /// The caller must not write to the bytes before the event completes.
  public func upload(
    _ source: StagingBuffer, sourceOffset: Int = 0, to destination: Buffer, offset: Int = 0,
    byteCount: Int, after events: [Event] = []
  ) throws(OpenCLError) -> Event {
    let call: StaticString = "clEnqueueWriteBuffer"
    try checkRange(call, source, sourceOffset, byteCount)
    try checkRange(call, destination, offset, byteCount)
    inFlight.prune()
    var pointer: OpaquePointer?
    let code = withWaitList(events) {
      clEnqueueWriteBuffer(
        handle.pointer, destination.handle.pointer, cl_bool(CL_FALSE), offset, byteCount,
        source.pointer + sourceOffset, $0, $1, &pointer)
    }
    try check(call, code, "\(byteCount) bytes")
    let event = try Event(adopting: pointer, from: call)
    inFlight.add(event, memory: (source.memory, destination))
    return event
  }

  /// Copies device memory to the host; `destination` is kept until the copy is done.
  ///
  /// The bytes are valid once the event completes.
  public func download(
    _ source: Buffer, offset: Int = 0, to destination: StagingBuffer, destinationOffset: Int = 0,
    byteCount: Int, after events: [Event] = []
  ) throws(OpenCLError) -> Event {
    let call: StaticString = "clEnqueueReadBuffer"
    try checkRange(call, destination, destinationOffset, byteCount)
    try checkRange(call, source, offset, byteCount)
    inFlight.prune()
    var pointer: OpaquePointer?
    let code = withWaitList(events) {
      clEnqueueReadBuffer(
        handle.pointer, source.handle.pointer, cl_bool(CL_FALSE), offset, byteCount,
        destination.pointer + destinationOffset, $0, $1, &pointer)
    }
    try check(call, code, "\(byteCount) bytes")
    let event = try Event(adopting: pointer, from: call)
    inFlight.add(event, memory: (destination.memory, source))
    return event
  }

  /// Copies between buffers of one context; ranges of the same buffer must not overlap.
  public func copy(
    _ source: Buffer, offset: Int = 0, to destination: Buffer, destinationOffset: Int = 0,
    byteCount: Int, after events: [Event] = []
  ) throws(OpenCLError) -> Event {
    let call: StaticString = "clEnqueueCopyBuffer"
    try checkRange(call, source, offset, byteCount)
    try checkRange(call, destination, destinationOffset, byteCount)
    inFlight.prune()
    var pointer: OpaquePointer?
    let code = withWaitList(events) {
      clEnqueueCopyBuffer(
        handle.pointer, source.handle.pointer, destination.handle.pointer, offset,
        destinationOffset, byteCount, $0, $1, &pointer)
    }
    try check(call, code, "\(byteCount) bytes")
    let event = try Event(adopting: pointer, from: call)
    inFlight.add(event)
    return event
  }

  /// Repeats `pattern` over `byteCount` bytes, or to the end of the buffer.
  ///
  /// Offset and size are multiples of the pattern's size, which is a power of two up to 128.
  public func fill(
    _ buffer: Buffer, with pattern: some BitwiseCopyable, offset: Int = 0, byteCount: Int? = nil,
    after events: [Event] = []
  ) throws(OpenCLError) -> Event {
    let call: StaticString = "clEnqueueFillBuffer"
    let byteCount = byteCount ?? buffer.byteCount - offset
    try checkRange(call, buffer, offset, byteCount)
    inFlight.prune()
    var pointer: OpaquePointer?
    let code = withUnsafeBytes(of: pattern) { pattern in
      withWaitList(events) {
        clEnqueueFillBuffer(
          handle.pointer, buffer.handle.pointer, pattern.baseAddress, pattern.count, offset,
          byteCount, $0, $1, &pointer)
      }
    }
    try check(call, code, "\(byteCount) bytes at offset \(offset)")
    let event = try Event(adopting: pointer, from: call)
    inFlight.add(event)
    return event
  }
}

@inline(__always)
func checkRange(
  _ call: StaticString, _ buffer: Buffer, _ offset: Int, _ byteCount: Int
) throws(OpenCLError) {
  try checkRange(
    call, "buffer", offset: offset, byteCount: byteCount, available: buffer.byteCount)
}

@inline(__always)
private func checkRange(
  _ call: StaticString, _ buffer: StagingBuffer, _ offset: Int, _ byteCount: Int
) throws(OpenCLError) {
  try checkRange(
    call, "staging buffer", offset: offset, byteCount: byteCount, available: buffer.byteCount)
}
