import COpenCL

/// Device memory.
///
/// Sendable: the fields never change, and the owner is only kept.
public final class Buffer: @unchecked Sendable {
  /// The size.
  public let byteCount: Int

  /// The context that the memory belongs to.
  public let context: Context

  let handle: Handle<MemoryObject>

  /// What the memory belongs to: a region's parent, or the owner of memory of the host.
  private let owner: AnyObject?

  /// Allocates `byteCount` bytes, whose contents are undefined.
  ///
  /// With `hostAccessible`, the driver places them where a map copies nothing, on devices that
  /// share the host's memory.
  public init(
    context: Context, byteCount: Int, hostAccessible: Bool = false
  ) throws(OpenCLError) {
    self.context = context
    self.byteCount = byteCount
    owner = nil
    let flags = CL_MEM_READ_WRITE | (hostAccessible ? CL_MEM_ALLOC_HOST_PTR : 0)
    handle = try allocate(context, byteCount, flags)
  }

  /// Memory of the host that kernels read, at a multiple of a page's size; `owner`, which the buffer keeps, frees it.
  ///
  /// Whether kernels see what the host writes after this call is up to the driver:
  /// `CommandQueue.readsHostMemoryInPlace` finds out.
  public init(
    context: Context, reading memory: UnsafeRawPointer, byteCount: Int, owner: AnyObject
  ) throws(OpenCLError) {
    self.context = context
    self.byteCount = byteCount
    self.owner = owner
    handle = try allocate(
      context, byteCount, CL_MEM_READ_ONLY | CL_MEM_USE_HOST_PTR,
      UnsafeMutableRawPointer(mutating: memory))
  }

  private init(region handle: Handle<MemoryObject>, of parent: Buffer, byteCount: Int) {
    self.handle = handle
    owner = parent
    self.byteCount = byteCount
    context = parent.context
  }

  /// A part of this buffer as a buffer of its own, which shares its memory and keeps it alive.
  ///
  /// `byteOffset` is a multiple of the device's base address alignment: 512 suits every device.
  /// A region has no regions of its own.
  public func region(byteOffset: Int, byteCount: Int) throws(OpenCLError) -> Buffer {
    try checkRange("clCreateSubBuffer", self, byteOffset, byteCount)
    var part = cl_buffer_region(origin: byteOffset, size: byteCount)
    let kind = cl_buffer_create_type(CL_BUFFER_CREATE_TYPE_REGION)
    var code: Int32 = CL_SUCCESS
    let created = clCreateSubBuffer(
      handle.pointer, cl_mem_flags(CL_MEM_READ_WRITE), kind, &part, &code)
    let handle = try Handle<MemoryObject>(
      adopting: created, from: "clCreateSubBuffer", code,
      "\(byteCount) bytes at offset \(byteOffset) of a buffer of \(self.byteCount) bytes")
    return Buffer(region: handle, of: self, byteCount: byteCount)
  }

  /// The buffer's `cl_mem`, borrowed.
  package var rawPointer: OpaquePointer { handle.pointer }

  package func referenceCount() throws(OpenCLError) -> Int { try handle.referenceCount() }
}

/// Creates a memory object; the error states the request and the device's limit.
func allocate(
  _ context: Context, _ byteCount: Int, _ flags: Int32, _ memory: UnsafeMutableRawPointer? = nil
) throws(OpenCLError) -> Handle<MemoryObject> {
  let detail = {
    "\(byteCount) bytes, device limit \(context.device.maxAllocationByteCount), "
      + "device \(context.device.name)"
  }
  guard byteCount > 0 else {
    throw OpenCLError(call: "clCreateBuffer", code: CL_INVALID_BUFFER_SIZE, detail: detail())
  }
  var code: Int32 = CL_SUCCESS
  let created = clCreateBuffer(
    context.handle.pointer, cl_mem_flags(flags), byteCount, memory, &code)
  return try Handle(adopting: created, from: "clCreateBuffer", code, detail())
}
