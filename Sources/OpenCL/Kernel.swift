import COpenCL

/// One kernel of a program, with its arguments.
///
/// Not Sendable: `clSetKernelArg` is not thread-safe on a shared kernel. Ask the program for one
/// kernel a thread.
public final class Kernel {
  /// The name in the source.
  public let name: String

  let handle: Handle<KernelObject>
  private let device: Device

  // PoCL 3.1 aborts the process at a launch whose argument buffers have been released.
  private var buffers: [Buffer?] = []

  init(handle: Handle<KernelObject>, name: String, device: Device) {
    self.handle = handle
    self.name = name
    self.device = device
  }

  /// Sets a pointer argument; the kernel keeps `buffer` until the argument is set again.
  public func setArgument(_ index: Int, _ buffer: Buffer) throws(OpenCLError) {
    var pointer: OpaquePointer? = buffer.handle.pointer
    let code = clSetKernelArg(
      handle.pointer, UInt32(index), MemoryLayout<OpaquePointer?>.size, &pointer)
    try check("clSetKernelArg", code, describe(index, "a buffer of \(buffer.byteCount) bytes"))
    while buffers.count <= index { buffers.append(nil) }
    buffers[index] = buffer
  }

  /// Sets an argument that is passed by value, such as `Int32` or `Float`.
  public func setArgument<Value: BitwiseCopyable>(
    _ index: Int, _ value: Value
  ) throws(OpenCLError) {
    let code = withUnsafeBytes(of: value) {
      clSetKernelArg(handle.pointer, UInt32(index), $0.count, $0.baseAddress)
    }
    try check("clSetKernelArg", code, describe(index, "\(Value.self) \(value)"))
  }

  /// Sets a pointer argument to `byteCount` bytes of local memory.
  public func setLocalArgument(_ index: Int, byteCount: Int) throws(OpenCLError) {
    let code = clSetKernelArg(handle.pointer, UInt32(index), byteCount, nil)
    try check("clSetKernelArg", code, describe(index, "\(byteCount) bytes of local memory"))
  }

  /// The largest work-group that the device can run this kernel with.
  public func workGroupLimit() throws(OpenCLError) -> Int {
    try query.value(CL_KERNEL_WORK_GROUP_SIZE, as: Int.self)
  }

  /// The items that the source demands of a work-group in dimension 0 (`reqd_work_group_size`); 0 where it says nothing.
  public func requiredGroupItems() throws(OpenCLError) -> Int {
    try query.value(CL_KERNEL_COMPILE_WORK_GROUP_SIZE, as: SIMD4<Int>.self).x
  }

  /// The number that a work-group's size should be a multiple of.
  public func workGroupMultiple() throws(OpenCLError) -> Int {
    try query.value(CL_KERNEL_PREFERRED_WORK_GROUP_SIZE_MULTIPLE, as: Int.self)
  }

  /// The local memory that a work-group uses, local arguments included.
  public func localMemoryByteCount() throws(OpenCLError) -> Int {
    Int(try query.value(CL_KERNEL_LOCAL_MEM_SIZE, as: UInt64.self))
  }

  package func referenceCount() throws(OpenCLError) -> Int { try handle.referenceCount() }

  private var query: Query {
    let (kernel, device) = (handle.pointer, device.handle.pointer)
    return Query("clGetKernelWorkGroupInfo") {
      clGetKernelWorkGroupInfo(kernel, device, $0, $1, $2, $3)
    }
  }

  private func describe(_ index: Int, _ argument: String) -> String {
    "kernel \(name), argument \(index), \(argument)"
  }
}
