import Kernels
public import OpenCL

/// What a device can do at most, measured: the limits that launches are held against.
public struct DevicePeak: Sendable {
  /// Floating-point operations per second of fused multiply-adds on registers, an fma being two.
  public let operationsPerSecond: Double
  /// Bytes per second of a triad over arrays that no cache holds; two are read, one is written.
  public let bytesPerSecond: Double

  private static let rounds = 20_000
  private static let arrayCount = 16 << 20
  private static let block = 1024

  /// Measures a device, in about a second: the best of several runs.
  ///
  /// - Throws: The OpenCL call that failed.
  public init(of device: Device, runs: Int = 7) throws(OpenCLError) {
    let context = try Context(device: device)
    let queue = try CommandQueue(context: context, profiling: true)
    func kernel(_ name: String) throws(OpenCLError) -> Kernel {
      try Program(
        context: context, name: name, source: KernelFamily.peakSource,
        options: "-cl-std=CL1.2 -DBUILD_\(name)", cache: nil
      ).kernel(name)
    }
    let fma = try kernel("peak_fma")
    let items = device.computeUnitCount * 64
    let output = try Buffer(context: context, byteCount: items * 64)
    try fma.setArgument(0, output)
    try fma.setArgument(1, Int32(Self.rounds))
    try fma.setArgument(2, Float(0.5))
    let triad = try kernel("peak_triad")
    var arrays: [Buffer] = []
    for index in 0..<3 {
      let array = try Buffer(context: context, byteCount: Self.arrayCount * 4)
      _ = try queue.fill(array, with: Float(1))
      try triad.setArgument(index, array)
      arrays.append(array)
    }
    try triad.setArgument(3, Int32(Self.block))
    try triad.setArgument(4, Float(0.5))
    var best = (fma: Double.infinity, triad: Double.infinity)
    for _ in 0..<runs {
      let first = try queue.launch(fma, global: WorkSize(items), local: WorkSize(1))
      let second = try queue.launch(
        triad, global: WorkSize(Self.arrayCount / 16 / Self.block), local: WorkSize(1))
      try queue.finish()
      best.fma = min(best.fma, try first.profile().seconds)
      best.triad = min(best.triad, try second.profile().seconds)
    }
    operationsPerSecond = Double(items * Self.rounds * 12 * 16 * 2) / best.fma
    bytesPerSecond = Double(3 * Self.arrayCount * 4) / best.triad
  }
}
