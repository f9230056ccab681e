import ComputeGraph
public import OpenCL

/// Measures a device with work like that of training, to choose between platforms and to make a first split.
public struct SpeedProbe: Sendable {
  private let cache: ProgramCache?
  private let variant: KernelVariant?

  /// A probe whose kernels are cached on disk, written as said, or as suits each device.
  public init(cache: ProgramCache? = nil, variant: KernelVariant? = nil) {
    self.cache = cache
    self.variant = variant
  }

  /// Seconds of the forward product of 256 examples by 512 x 512 weights: the best of several runs.
  public func seconds(on device: Device) throws(OpenCLError) -> Double {
    let (examples, size) = (256, 512)
    let context = try Context(device: device)
    let queue = try CommandQueue(context: context)
    let builder = KernelBuilder(
      library: KernelLibrary(context: context, cache: cache),
      variant: variant ?? KernelVariant(for: device), tiles: .standard)
    let step = Step(
      "linear_forward", [], options: [Step.Option("BIAS", 1)], workItems: [],
      tile: Step.TileRequest(.rows, rows: 1, columns: size))
    let built = try builder.build(step, examples: examples, grain: examples)
    let (kernel, tile) = (built.kernel, built.tile ?? Tile(rows: 1, vectors: 1))
    for (index, count) in [examples * size, examples * size, size * size, size].enumerated() {
      let buffer = try Buffer(context: context, byteCount: count * 4)
      _ = try queue.fill(buffer, with: Float(0.5))
      try kernel.setArgument(index, buffer)
    }
    for (index, value) in [examples, size, size].enumerated() {
      try kernel.setArgument(4 + index, Int32(value))
    }
    let columns = 16 * tile.blockVectors
    let global = WorkSize(
      (examples + tile.blockRows - 1) / tile.blockRows * built.groupItems,
      (size + columns - 1) / columns)
    let local = WorkSize(built.groupItems, 1)
    var best = Double.infinity
    // The first run may compile; a noisy machine needs several to show what the device can do.
    for _ in 0..<8 {
      let start = ContinuousClock.now
      for _ in 0..<4 { try queue.enqueue(kernel, global: global, local: local) }
      try queue.finish()
      let time = (ContinuousClock.now - start).components
      best = min(best, (Double(time.seconds) + Double(time.attoseconds) * 1e-18) / 4)
    }
    return best
  }
}
