import COpenCL

/// Device memory.
public final class Buffer: Sendable {
  /// The size.
  public let byteCount: Int

  /// The context that the memory belongs to.
  public let context: Context

  let handle: Handle<MemoryObject>

  /// Allocates `byteCount` bytes, whose contents are undefined.
  ///
  /// With `hostAccessible`, the driver places them where a map copies nothing, on devices that
  /// share the host's memory.
  public init(
    context: Context, byteCount: Int, hostAccessible: Bool = false
  ) throws(OpenCLError) {
    self.context = context
    self.byteCount = byteCount
    let flags = CL_MEM_READ_WRITE | (hostAccessible ? CL_MEM_ALLOC_HOST_PTR : 0)
    handle = try allocate(context, byteCount, flags)
  }

  private init(_ handle: Handle<MemoryObject>, context: Context, byteCount: Int) {
    self.handle = handle
    self.context = context
    self.byteCount = byteCount
  }

  /// A part of this buffer as a buffer of its own, which shares its memory and keeps it alive.
  ///
  /// `byteOffset` is a multiple of the device's base address alignment: 512 suits every device.
  public func region(byteOffset: Int, byteCount: Int) throws(OpenCLError) -> Buffer {
    try checkRange("clCreateSubBuffer", self, byteOffset, byteCount)
    var region = cl_buffer_region(origin: byteOffset, size: byteCount)
    var code: Int32 = CL_SUCCESS
    let created = clCreateSubBuffer(
      handle.pointer, cl_mem_flags(CL_MEM_READ_WRITE), cl_buffer_create_type(CL_BUFFER_CREATE_TYPE_REGION),
      &region, &code)
    let part = try Handle<MemoryObject>(
      adopting: created, from: "clCreateSubBuffer", code,
      "\(byteCount) bytes at offset \(byteOffset) of \(self.byteCount)")
    return Buffer(part, context: context, byteCount: byteCount)
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
