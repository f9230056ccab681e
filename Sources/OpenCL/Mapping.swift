import COpenCL
import Synchronization

/// What the host does with mapped memory.
public enum MapAccess: Sendable {
  /// Reads it.
  case read
  /// Writes all of it: what was there before is lost.
  case write
  /// Reads and writes it.
  case readWrite
}

/// A part of a buffer that the host reads or writes in place.
///
/// It is unmapped by `CommandQueue.unmap`, or when it is dropped.
///
/// Sendable: the fields never change, but for the flag, which is atomic. Who may touch the memory
/// when is the caller's order of events, as with any raw pointer.
public final class Mapping: @unchecked Sendable {
  /// Completes when `pointer` is valid.
  public let event: Event

  /// The memory, from the mapped offset on.
  public let pointer: UnsafeMutableRawPointer

  /// The size of the mapped part.
  public let byteCount: Int

  private let buffer: Buffer
  private let queue: Handle<CommandQueueObject>
  private let isMapped = Atomic(true)

  fileprivate init(
    event: Event, pointer: UnsafeMutableRawPointer, byteCount: Int, buffer: Buffer,
    queue: Handle<CommandQueueObject>
  ) {
    self.event = event
    self.pointer = pointer
    self.byteCount = byteCount
    self.buffer = buffer
    self.queue = queue
  }

  deinit {
    guard isMapped.load(ordering: .acquiring) else { return }
    let code = clEnqueueUnmapMemObject(queue.pointer, buffer.handle.pointer, pointer, 0, nil, nil)
    guard code != CL_SUCCESS else { return }
    report(OpenCLError(call: "clEnqueueUnmapMemObject", code: code, detail: "dropped mapping"))
  }

  /// The mapped part as whole elements of `type`.
  public func bind<Element: BitwiseCopyable>(
    to type: Element.Type
  ) -> UnsafeMutableBufferPointer<Element> {
    let count = byteCount / MemoryLayout<Element>.stride
    return UnsafeMutableBufferPointer(
      start: pointer.bindMemory(to: type, capacity: count), count: count)
  }

  fileprivate func unmap(
    _ queue: Handle<CommandQueueObject>, _ events: [Event]
  ) throws(OpenCLError) -> Event {
    let wasMapped = isMapped.exchange(false, ordering: .acquiringAndReleasing)
    precondition(wasMapped, "a mapping is unmapped once")
    var unmapped: OpaquePointer?
    let code = withWaitList(events) {
      clEnqueueUnmapMemObject(
        queue.pointer, buffer.handle.pointer, pointer, $0, $1, &unmapped)
    }
    try check("clEnqueueUnmapMemObject", code, "\(byteCount) bytes")
    return try Event(adopting: unmapped, from: "clEnqueueUnmapMemObject")
  }
}

extension CommandQueue {
  /// Makes a part of `buffer` readable or writable for the host; to its end if no size is given.
  public func map(
    _ buffer: Buffer, for access: MapAccess, byteOffset: Int = 0, byteCount: Int? = nil,
    after events: [Event] = []
  ) throws(OpenCLError) -> Mapping {
    let byteCount = byteCount ?? buffer.byteCount - byteOffset
    try checkRange("clEnqueueMapBuffer", buffer, byteOffset, byteCount)
    var code: Int32 = CL_SUCCESS
    var event: OpaquePointer?
    var mapped: UnsafeMutableRawPointer?
    _ = withWaitList(events) {
      mapped = clEnqueueMapBuffer(
        handle.pointer, buffer.handle.pointer, cl_bool(CL_FALSE), access.flags, byteOffset,
        byteCount,
        $0, $1, &event, &code)
      return code
    }
    try check("clEnqueueMapBuffer", code, "\(byteCount) bytes at offset \(byteOffset)")
    guard let mapped else {
      throw OpenCLError(call: "clEnqueueMapBuffer", code: CL_MAP_FAILURE)
    }
    return Mapping(
      event: try Event(adopting: event, from: "clEnqueueMapBuffer"), pointer: mapped,
      byteCount: byteCount, buffer: buffer, queue: handle)
  }

  /// Gives a mapped part back to the device, which sees the host's writes after the event.
  ///
  /// The mapping's pointer is invalid from here on.
  public func unmap(
    _ mapping: Mapping, after events: [Event] = []
  ) throws(OpenCLError) -> Event {
    try mapping.unmap(handle, events)
  }
}

extension MapAccess {
  fileprivate var flags: cl_map_flags {
    switch self {
    case .read: cl_map_flags(CL_MAP_READ)
    case .write: cl_map_flags(CL_MAP_WRITE_INVALIDATE_REGION)
    case .readWrite: cl_map_flags(CL_MAP_READ | CL_MAP_WRITE)
    }
  }
}
