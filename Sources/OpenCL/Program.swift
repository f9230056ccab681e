import COpenCL
import Synchronization

/// A program built for the device of one context.
public final class Program: Sendable {
  /// The name of the source, for errors.
  public let name: String

  /// The context that the program was built in.
  public let context: Context

  let handle: Handle<ProgramObject>

  /// Builds `source`, or takes its binary from `cache`.
  ///
  /// A build that fails throws the first lines of the compiler's log.
  public init(
    context: Context, name: String = "source", source: String, options: String = "",
    cache: ProgramCache? = nil
  ) throws(OpenCLError) {
    self.name = name
    self.context = context
    let key = cache.map { _ in ProgramKey(context.device, source: source, options: options) }
    if let cache, let key, let binary = cache.read(key) {
      if let built = try? Self.load(context, binary, options) {
        cache.count(.hit)
        handle = built
        return
      }
      // The bytes are those that were written, but the driver no longer takes them.
      cache.count(.damaged)
    }
    handle = try Self.compile(context, name, source, options)
    if let cache, let key, let binary = try? Self.binary(handle, name) {
      cache.write(binary, key)
    }
  }

  /// Creates a kernel; each call gives one of its own.
  public func kernel(_ name: String) throws(OpenCLError) -> Kernel {
    var code: Int32 = CL_SUCCESS
    let created = clCreateKernel(handle.pointer, name, &code)
    let handle = try Handle<KernelObject>(
      adopting: created, from: "clCreateKernel", code, "kernel \(name) in program \(self.name)")
    return Kernel(handle: handle, name: name, device: context.device)
  }

  package func referenceCount() throws(OpenCLError) -> Int { try handle.referenceCount() }

  private static func compile(
    _ context: Context, _ name: String, _ source: String, _ options: String
  ) throws(OpenCLError) -> Handle<ProgramObject> {
    var code: Int32 = CL_SUCCESS
    let created = source.withCString { text in
      var texts: UnsafePointer<CChar>? = text
      return clCreateProgramWithSource(context.handle.pointer, 1, &texts, nil, &code)
    }
    let handle = try Handle<ProgramObject>(
      adopting: created, from: "clCreateProgramWithSource", code, "program \(name)")
    let status = build(handle, context, options)
    try check(
      "clBuildProgram", status,
      "program \(name), options \"\(options)\", device \(context.device.name)\n"
        + log(handle, context))
    return handle
  }

  private static func load(
    _ context: Context, _ binary: [UInt8], _ options: String
  ) throws(OpenCLError) -> Handle<ProgramObject> {
    var (code, status): (Int32, Int32) = (CL_SUCCESS, CL_SUCCESS)
    var device: OpaquePointer? = context.device.handle.pointer
    var byteCount = binary.count
    let created = binary.withUnsafeBufferPointer { bytes in
      var start = bytes.baseAddress
      return clCreateProgramWithBinary(
        context.handle.pointer, 1, &device, &byteCount, &start, &status, &code)
    }
    let handle = try Handle<ProgramObject>(
      adopting: created, from: "clCreateProgramWithBinary", code)
    try check("clCreateProgramWithBinary", status)
    try check("clBuildProgram", build(handle, context, options))
    return handle
  }

  private static let building = Mutex(())

  private static func build(
    _ handle: Handle<ProgramObject>, _ context: Context, _ options: String
  ) -> Int32 {
    // One at a time: Intel's compiler (2026.2) crashed in its passes while another thread compiled.
    building.withLock { _ in
      var device: OpaquePointer? = context.device.handle.pointer
      return clBuildProgram(handle.pointer, 1, &device, options, nil, nil)
    }
  }

  private static func log(_ handle: Handle<ProgramObject>, _ context: Context) -> String {
    let (program, device) = (handle.pointer, context.device.handle.pointer)
    let query = Query("clGetProgramBuildInfo") {
      clGetProgramBuildInfo(program, device, $0, $1, $2, $3)
    }
    let lines = ((try? query.string(CL_PROGRAM_BUILD_LOG)) ?? "").split(separator: "\n")
    let shown = lines.prefix(40).joined(separator: "\n")
    return lines.count > 40 ? "\(shown)\n… \(lines.count - 40) more lines" : shown
  }

  /// What the driver built, for one device.
  private static func binary(
    _ handle: Handle<ProgramObject>, _ name: String
  ) throws(OpenCLError) -> [UInt8]? {
    let program = handle.pointer
    let query = Query("clGetProgramInfo") { clGetProgramInfo(program, $0, $1, $2, $3) }
    let byteCount = try query.value(CL_PROGRAM_BINARY_SIZES, as: Int.self)
    guard byteCount > 0 else { return nil }
    var bytes = [UInt8](repeating: 0, count: byteCount)
    let code = bytes.withUnsafeMutableBufferPointer { buffer in
      // The parameter is an array of pointers to memory of ours, one a device.
      var start = buffer.baseAddress
      let size = MemoryLayout<UnsafeMutablePointer<UInt8>?>.size
      return clGetProgramInfo(program, UInt32(CL_PROGRAM_BINARIES), size, &start, nil)
    }
    try check("clGetProgramInfo", code, "binary of program \(name)")
    return bytes
  }
}
