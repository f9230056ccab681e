import COpenCL

/// An OpenCL implementation that the ICD loader found.
///
/// Sendable: a platform is never freed, and its queries are thread-safe.
public final class Platform: @unchecked Sendable {
  /// The name, such as `Portable Computing Language`.
  public let name: String

  /// The vendor.
  public let vendor: String

  /// The version, such as `OpenCL 3.0 …`.
  public let version: String

  private let pointer: OpaquePointer

  private init(_ pointer: OpaquePointer) throws(OpenCLError) {
    let query = Query("clGetPlatformInfo") { clGetPlatformInfo(pointer, $0, $1, $2, $3) }
    self.pointer = pointer
    name = try query.string(CL_PLATFORM_NAME)
    vendor = try query.string(CL_PLATFORM_VENDOR)
    version = try query.string(CL_PLATFORM_VERSION)
  }

  /// The loader's first call, in which it finds the drivers: also those that nobody has registered.
  private static let firstCall: Int32 = DriverRegistration.with(DriverSearch()) {
    clGetPlatformIDs(0, nil, nil)
  }

  /// Every platform, in the loader's order; empty where no driver is installed.
  ///
  /// The drivers are those of `DriverSearch`.
  /// A driver that is registered but cannot be loaded is left out by the loader, one that cannot
  /// be asked is reported on standard error. Throws `OpenCLError.loaderNotFound` where the loader
  /// itself is missing.
  public static func all() throws(OpenCLError) -> [Platform] {
    try loadLibrary()
    _ = firstCall
    var count: UInt32 = 0
    let code = clGetPlatformIDs(0, nil, &count)
    if code == OpenCLError.platformNotFound || (code == CL_SUCCESS && count == 0) { return [] }
    try check("clGetPlatformIDs", code)
    var pointers = [OpaquePointer?](repeating: nil, count: Int(count))
    try check("clGetPlatformIDs", clGetPlatformIDs(count, &pointers, nil))
    var platforms: [Platform] = []
    for case let pointer? in pointers {
      // A driver that cannot even state its name must not hide the others.
      do { platforms.append(try Platform(pointer)) } catch { report(error) }
    }
    return platforms
  }

  /// Every device of this platform, in the platform's order; may be empty.
  ///
  /// A device that cannot be asked is reported on standard error and left out.
  public func devices() throws(OpenCLError) -> [Device] {
    let kinds = cl_device_type(CL_DEVICE_TYPE_ALL)
    var count: UInt32 = 0
    let code = clGetDeviceIDs(pointer, kinds, 0, nil, &count)
    if code == CL_DEVICE_NOT_FOUND || (code == CL_SUCCESS && count == 0) { return [] }
    try check("clGetDeviceIDs", code, "platform \(name)")
    var pointers = [OpaquePointer?](repeating: nil, count: Int(count))
    let listed = clGetDeviceIDs(pointer, kinds, count, &pointers, nil)
    try check("clGetDeviceIDs", listed, "platform \(name)")
    var devices: [Device] = []
    for case let pointer? in pointers {
      // Retaining a root device does nothing, by the standard; so does the handle's release.
      do {
        devices.append(
          try Device(handle: Handle(retaining: pointer), platform: (name, version), parent: nil))
      } catch {
        report(error)
      }
    }
    return devices
  }

  private static func loadLibrary() throws(OpenCLError) {
    var message: UnsafePointer<CChar>?
    guard chorus_opencl_load(&message) != 0 else { return }
    let reason = message.map { String(cString: $0) } ?? "no reason given"
    throw OpenCLError(
      call: "dlopen", code: OpenCLError.loaderNotFound,
      detail: "\(reason); install it, for example with: apt install ocl-icd-libopencl1")
  }
}
