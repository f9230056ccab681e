import COpenCL

/// Pinned host memory that uploads read and downloads write.
///
/// Sendable: the fields never change. The memory they point at is shared by threads and copies;
/// who may touch it when is the caller's order of events, as with any raw pointer.
public final class StagingBuffer: @unchecked Sendable {
  /// The size.
  public let byteCount: Int

  /// The memory; valid while this object lives.
  public var pointer: UnsafeMutableRawPointer { memory.pointer }

  let memory: StagingMemory

  /// Allocates `byteCount` bytes, mapped through `queue` for their whole life.
  ///
  /// Blocks until the queue's earlier commands are done.
  public init(
    context: Context, queue: CommandQueue, byteCount: Int
  ) throws(OpenCLError) {
    precondition(queue.context === context, "a staging buffer's queue belongs to its context")
    self.byteCount = byteCount
    memory = try StagingMemory(context: context, queue: queue.handle, byteCount: byteCount)
  }

  /// Allocates `byteCount` bytes as any program does: not pinned, so a driver copies them through memory of its own.
  ///
  /// For measurements of what pinning brings.
  public init(pageable byteCount: Int) {
    self.byteCount = byteCount
    memory = StagingMemory(pageable: byteCount)
  }

  /// The memory as whole elements of `type`.
  public func bind<Element: BitwiseCopyable>(
    to type: Element.Type
  ) -> UnsafeMutableBufferPointer<Element> {
    let count = byteCount / MemoryLayout<Element>.stride
    return UnsafeMutableBufferPointer(
      start: pointer.bindMemory(to: type, capacity: count), count: count)
  }
}

/// The memory of a staging buffer, which copies in flight keep alive after its owner is gone.
///
/// It holds the queue's handle, not the `CommandQueue`, which in turn holds the memory of its
/// copies in flight: there is no cycle. Sendable: the fields never change.
final class StagingMemory: @unchecked Sendable {
  let pointer: UnsafeMutableRawPointer
  /// What the memory is mapped from; nil where it is the process's own.
  private let source: Source?

  private struct Source {
    let context: Context
    let queue: Handle<CommandQueueObject>
    let handle: Handle<MemoryObject>
  }

  init(
    context: Context, queue: Handle<CommandQueueObject>, byteCount: Int
  ) throws(OpenCLError) {
    let handle = try allocate(context, byteCount, CL_MEM_READ_WRITE | CL_MEM_ALLOC_HOST_PTR)
    source = Source(context: context, queue: queue, handle: handle)
    var code: Int32 = CL_SUCCESS
    let access = cl_map_flags(CL_MAP_READ | CL_MAP_WRITE)
    let mapped = clEnqueueMapBuffer(
      queue.pointer, handle.pointer, cl_bool(CL_TRUE), access, 0, byteCount, 0, nil, nil, &code)
    try check("clEnqueueMapBuffer", code, "staging buffer of \(byteCount) bytes")
    guard let mapped else {
      throw OpenCLError(call: "clEnqueueMapBuffer", code: CL_MAP_FAILURE)
    }
    pointer = mapped
  }

  init(pageable byteCount: Int) {
    source = nil
    pointer = .allocate(byteCount: byteCount, alignment: 4096)
    pointer.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
  }

  deinit {
    guard let source else {
      pointer.deallocate()
      return
    }
    let code = clEnqueueUnmapMemObject(
      source.queue.pointer, source.handle.pointer, pointer, 0, nil, nil)
    guard code != CL_SUCCESS else { return }
    report(OpenCLError(call: "clEnqueueUnmapMemObject", code: code, detail: "staging buffer"))
  }
}
