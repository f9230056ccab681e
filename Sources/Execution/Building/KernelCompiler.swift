public import OpenCL
import ComputeGraph

/// Has a driver compile kernels before they are needed.
///
/// Drivers compile when a program is built, or when a kernel is launched for the first time, and some hold a lock
/// meanwhile (PoCL 3.1): only processes compile side by side. What they have compiled, drivers keep on disk.
public struct KernelCompiler {
  private let library: KernelLibrary
  private let queue: CommandQueue
  /// What every pointer of a launch points at: more than a launch reads whose sizes are all 1.
  private let memory: Buffer

  /// A compiler for one device; `cache` keeps programs whose binaries the driver gives away.
  public init(device: Device, cache: ProgramCache?) throws(OpenCLError) {
    try self.init(KernelLibrary(context: try Context(device: device), cache: cache))
  }

  /// A compiler into a library.
  package init(_ library: KernelLibrary) throws(OpenCLError) {
    self.library = library
    queue = try CommandQueue(context: library.context)
    memory = try Buffer(context: library.context, byteCount: 1 << 20)
    _ = try queue.fill(memory, with: UInt32(0))
  }

  /// Builds a kernel and launches one work-item of it, whose sizes are all 1.
  public func compile(_ build: KernelBuild) throws(OpenCLError) {
    let kernel = try library.kernel(build.kernel, build.stepOptions)
    for (index, argument) in build.arguments.enumerated() {
      switch argument {
      case .buffer: try kernel.setArgument(index, memory)
      case .int: try kernel.setArgument(index, Int32(1))
      case .float: try kernel.setArgument(index, Float(1))
      }
    }
    try queue.enqueue(kernel, global: WorkSize(1, 1, 1), local: WorkSize(1, 1, 1))
    try queue.finish()
  }
}

extension KernelBuild {
  fileprivate var stepOptions: [Step.Option] {
    options.compactMap { option in
      let parts = option.split(separator: "=")
      guard parts.count == 2, let value = Int(parts[1]) else { return nil }
      return Step.Option(String(parts[0]), value)
    }
  }
}
