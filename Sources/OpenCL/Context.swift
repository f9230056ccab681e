import COpenCL

/// The world of one device: its buffers, programs and queues.
///
/// One device a context, so that a device that fails takes no other with it.
public final class Context: Sendable {
  /// The device.
  public let device: Device

  let handle: Handle<ContextObject>

  /// Creates a context on `device`.
  public init(device: Device) throws(OpenCLError) {
    self.device = device
    var pointer: OpaquePointer? = device.handle.pointer
    var code: Int32 = CL_SUCCESS
    let created = clCreateContext(nil, 1, &pointer, nil, nil, &code)
    handle = try Handle(adopting: created, from: "clCreateContext", code, "device \(device.name)")
  }

  /// The number of references that the runtime counts, those of its objects included where the
  /// runtime counts them.
  package func referenceCount() throws(OpenCLError) -> Int { try handle.referenceCount() }
}
