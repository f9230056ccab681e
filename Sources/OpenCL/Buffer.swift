import COpenCL

/// Device memory.
public final class Buffer: Sendable {
  /// The size.
  public let byteCount: Int

  /// The context that the memory belongs to.
  public let context: Context

  let handle: Handle<MemoryObject>

  // A region's memory is its parent's.
  private let parent: Buffer?

  /// Allocates `byteCount` bytes, whose contents are undefined.
  ///
  /// With `hostAccessible`, the driver places them where a map copies nothing, on devices that
  /// share the host's memory.
  public init(
    context: Context, byteCount: Int, hostAccessible: Bool = false
  ) throws(OpenCLError) {
    self.context = context
    self.byteCount = byteCount
    parent = nil
    let flags = CL_MEM_READ_WRITE | (hostAccessible ? CL_MEM_ALLOC_HOST_PTR : 0)
    handle = try allocate(context, byteCount, flags)
  }

  private init(region handle: Handle<MemoryObject>, of parent: Buffer, byteCount: Int) {
    self.handle = handle
    self.parent = parent
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
  _ context: Context, _ byteCount: Int, _ flags: Int32
) throws(OpenCLError) -> Handle<MemoryObject> {
  let detail = {
    "\(byteCount) bytes, device limit \(context.device.maxAllocationByteCount), "
      + "device \(context.device.name)"
  }
  guard byteCount > 0 else {
    throw OpenCLError(call: "clCreateBuffer", code: CL_INVALID_BUFFER_SIZE, detail: detail())
  }
  var code: Int32 = CL_SUCCESS
  let created = clCreateBuffer(context.handle.pointer, cl_mem_flags(flags), byteCount, nil, &code)
  return try Handle(adopting: created, from: "clCreateBuffer", code, detail())
}
