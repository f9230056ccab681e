package import ComputeGraph
import Kernels
public import OpenCL
import Synchronization

/// The kernels of one context, each built once for each set of build options.
public final class KernelLibrary: Sendable {
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

  /// Programs that were built so far.
  package var programCount: Int { programs.withLock { $0.count } }

  /// A new kernel, with arguments of its own, built with `options`.
  package func kernel(
    _ name: String, _ options: [Step.Option] = []
  ) throws(OpenCLError) -> Kernel {
    try program(name, options).kernel(name)
  }

  /// The program that holds one kernel.
  private func program(_ kernel: String, _ options: [Step.Option]) throws(OpenCLError) -> Program {
    guard let family = KernelFamily(ofKernel: kernel) else {
      preconditionFailure("no source file holds the kernel \(kernel)")
    }
    // Options in a fixed order, so that equal builds have equal keys.
    let prefetches = context.device.kind == .cpu ? ["-DPREFETCHES"] : []
    let words =
      ["-cl-std=CL1.2", "-DBUILD_\(kernel)"] + prefetches
      + options.map { "-D\($0.name)=\($0.value)" }.sorted()
    let text = words.joined(separator: " ")
    if let program = programs.withLock({ $0[text] }) { return program }
    let program = try Program(
      context: context, name: family.name, source: family.source, options: text, cache: cache)
    programs.withLock { $0[text] = program }
    return program
  }
}
