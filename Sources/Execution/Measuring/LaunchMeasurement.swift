import Kernels
import OpenCL

/// What the launch of a kernel takes that does next to nothing.
final class LaunchMeasurement: DeviceMeasurement {
  /// How the host waits.
  enum Way: String, CaseIterable {
    /// Once, for many launches, which lie in the queue together.
    case pipelined = "launch, one of many in a queue"
    /// For each launch.
    case waiting = "launch, and wait for it"
  }

  let kind = DeviceFigure.Kind.launch
  let unit = "us"
  var name: String { way.rawValue }

  private static let launches = 500
  private let way: Way
  private let queue: CommandQueue
  private let kernel: Kernel
  private let counter: Buffer

  /// Builds the kernel, which counts its launches, and checks that it does.
  init(_ way: Way, context: Context) throws {
    self.way = way
    queue = try CommandQueue(context: context)
    kernel = try .measuring("peak_launch", context)
    counter = try Buffer(context: context, byteCount: 4)
    try kernel.setArgument(0, counter)
    _ = try queue.fill(counter, with: UInt32(0))
    _ = try sample()
    let copy = try StagingBuffer(context: context, queue: queue, byteCount: 4)
    try queue.download(counter, to: copy, byteCount: 4).wait()
    let count = withExtendedLifetime(copy) { copy.bind(to: UInt32.self)[0] }
    guard count == UInt32(Self.launches) else {
      throw WrongResult(name: name, detail: "\(Self.launches) launches counted to \(count)")
    }
  }

  /// Microseconds of one launch.
  func sample() throws -> Double {
    let total = try elapsedSeconds { () throws(OpenCLError) in
      for _ in 0..<Self.launches {
        try queue.enqueue(kernel, global: WorkSize(1), local: WorkSize(1))
        if way == .waiting { try queue.finish() }
      }
      try queue.finish()
    }
    return total * 1e6 / Double(Self.launches)
  }
}

extension Kernel {
  /// One of the kernels that only measure.
  static func measuring(_ name: String, _ context: Context) throws(OpenCLError) -> Kernel {
    try Program(
      context: context, name: name, source: KernelFamily.peakSource,
      options: "-cl-std=CL1.2 -DBUILD_\(name)", cache: nil
    ).kernel(name)
  }
}
