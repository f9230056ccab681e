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
    self.cache = cache
  }

  /// A new kernel, with arguments of its own, of a family built with `definitions`.
  public func kernel(
    _ name: String, _ family: KernelFamily, _ definitions: Definitions = [:]
  ) throws(OpenCLError) -> Kernel {
    try program(family, definitions).kernel(name)
  }

  private func program(
    _ family: KernelFamily, _ definitions: Definitions
  ) throws(OpenCLError) -> Program {
    let options = (["-cl-std=CL1.2"] + definitions.map { "-D\($0.key)=\($0.value)" })
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
