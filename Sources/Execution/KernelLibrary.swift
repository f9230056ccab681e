public import Kernels
public import OpenCL
import Synchronization

/// The kernels of one context, each built once with its shapes as build options.
public final class KernelLibrary: Sendable {
  /// A name and its value, given to the compiler as `-DNAME=value`.
  public typealias Definitions = KeyValuePairs<String, Int>

  /// The context that the kernels are built in.
  public let context: Context
  private let cache: ProgramCache?
  private let programs = Mutex<[String: Program]>([:])

  /// A library of one context; `cache` keeps its programs on disk.
  public init(context: Context, cache: ProgramCache? = nil) {
    self.context = context
    // PoCL keeps what it compiled itself, and compiles every kernel once more, for any work-group size, when it
    // is asked for a binary: that was 9 of the 19 seconds of a first start of lenet (PoCL 3.1).
    self.cache = context.device.platformName == "Portable Computing Language" ? nil : cache
  }

  /// A new kernel, with arguments of its own, of a family built with `definitions`.
  public func kernel(
    _ name: String, _ family: KernelFamily, _ definitions: Definitions = [:]
  ) throws(OpenCLError) -> Kernel {
    try program(name, family, definitions).kernel(name)
  }

  /// The program that holds one kernel.
  private func program(
    _ kernel: String, _ family: KernelFamily, _ definitions: Definitions
  ) throws(OpenCLError) -> Program {
    let options =
      (["-cl-std=CL1.2", "-DBUILD_\(kernel)"] + definitions.map { "-D\($0.key)=\($0.value)" })
      .joined(separator: " ")
    let key = family.rawValue + " " + options
    if let program = programs.withLock({ $0[key] }) { return program }
    let program = try Program(
      context: context, name: family.rawValue, source: family.source, options: options, cache: cache
    )
    programs.withLock { $0[key] = program }
    return program
  }
}
