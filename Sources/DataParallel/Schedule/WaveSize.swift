import ComputeGraph
import OpenCL

extension Plan {
  /// The most grains of one wave on a device, at least one.
  ///
  /// A wave takes at most half of the device's memory, because others use it too, and no allocation over its
  /// limit. On a CPU, whose memory is the host's, it takes no more than still pays: with waves of 256 MB a step of
  /// ResNet-18 took 0.79 s, with 128 MB 0.95 s and with 64 MB 0.99 s, since gradients of weights are written once a wave
  /// (batch 64, PoCL 3.1, two cores of Zen 4); 512 MB brought nothing more.
  func waveGrains(on device: Device, _ configuration: TrainerConfiguration) -> Int {
    let grain = configuration.grain
    let one = MemoryPlan(self, capacity: grain, grain: grain).byteCount
    // Weights in other layouts are there once.
    let perGrain = max(1, MemoryPlan(self, capacity: 2 * grain, grain: grain).byteCount - one)
    let memory = min(device.globalMemoryByteCount / 2, device.maxAllocationByteCount)
    let limit = device.kind == .cpu ? min(memory, Self.payingByteCount) : memory
    return max(1, (limit - (one - perGrain)) / perGrain)
  }

  private static let payingByteCount = 256 << 20
}
