import ComputeGraph
import OpenCL

/// Builds kernels in the variant that a device is to run, as large as it can run them.
struct KernelBuilder {
  let library: KernelLibrary
  let variant: KernelVariant
  let tiles: TileChoice

  private var device: Device { library.context.device }

  /// Builds the kernel of a step with the tile that is chosen for waves of up to `examples`.
  func build(_ step: Step, examples: Int, grain: Int) throws(OpenCLError) -> BuiltKernel {
    let limits = GroupLimits(device)
    func tile(_ variant: KernelVariant) -> Tile? {
      tiles.tile(
        for: step, examples: examples, grain: grain, units: device.computeUnitCount,
        variant: variant, limits: limits)
    }
    if variant == .gpu, variant.name(of: step.kernel) != nil,
      let built = try largest(
        step.kernel, step.options, kind: step.tile?.kind, tile: tile(.gpu),
        items: step.tile == nil ? tiles.groupItems(of: step.kernel, limits) : nil)
    {
      return built
    }
    return try processorForm(step.kernel, step.options, tile: tile(.cpu))
  }

  /// Builds a kernel that has no tile.
  func build(_ name: String) throws(OpenCLError) -> BuiltKernel {
    if variant == .gpu, variant.name(of: name) != nil,
      let built = try largest(
        name, [], kind: nil, tile: nil, items: tiles.groupItems(of: name, GroupLimits(device)))
    {
      return built
    }
    return try processorForm(name, [], tile: nil)
  }

  /// Builds a kernel with exactly this tile; nil where the device cannot run it so.
  func build(_ step: Step, tile: Tile) throws(OpenCLError) -> BuiltKernel? {
    guard variant == .gpu, let name = variant.name(of: step.kernel) else {
      return try processorForm(step.kernel, step.options, tile: tile)
    }
    let built = try groupForm(name, step.options, tile: tile, items: nil)
    return try fits(built) ? built : nil
  }

  private func processorForm(
    _ name: String, _ options: [Step.Option], tile: Tile?
  ) throws(OpenCLError) -> BuiltKernel {
    BuiltKernel(
      kernel: try library.kernel(name, options + (tile?.options ?? [])), variant: .cpu, tile: tile,
      groupItems: 1)
  }

  /// The largest group that the device can run, beginning with the tile or the kernel's usual size; nil for none.
  private func largest(
    _ kernel: String, _ options: [Step.Option], kind: Step.TileRequest.Kind?, tile: Tile?,
    items: Int?
  ) throws(OpenCLError) -> BuiltKernel? {
    guard let name = KernelVariant.gpu.name(of: kernel) else { return nil }
    var (tile, items) = (tile, items)
    while true {
      let built = try groupForm(name, options, tile: tile, items: items)
      if try fits(built) { return built }
      if let larger = tile {
        guard let smaller = larger.halved(kind) else { return nil }
        tile = smaller
      } else {
        guard built.groupItems > 16 else { return nil }
        items = built.groupItems / 2
      }
    }
  }

  private func groupForm(
    _ name: String, _ options: [Step.Option], tile: Tile?, items: Int?
  ) throws(OpenCLError) -> BuiltKernel {
    var options = options + (tile?.blockOptions ?? [])
    if let items { options.append(Step.Option("GROUP_ITEMS", items)) }
    let kernel = try library.kernel(name, options)
    return BuiltKernel(
      kernel: kernel, variant: .gpu, tile: tile, groupItems: try kernel.requiredGroupItems())
  }

  /// Whether the device can run a kernel's groups: it may have too few registers, or too little local memory.
  private func fits(_ built: BuiltKernel) throws(OpenCLError) -> Bool {
    guard try built.groupItems <= built.kernel.workGroupLimit() else { return false }
    return try built.kernel.localMemoryByteCount() <= device.localMemoryByteCount
  }
}
