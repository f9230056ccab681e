import ComputeGraph
import OpenCL
import Foundation

extension Plan {
  /// The most grains of one wave on a device, at least one.
  ///
  /// A wave takes at most half of the device's memory, because others use it too, and no allocation over its
  /// limit. On a CPU it also stays near the size of the caches: the gradient of lenet's second convolution ran at
  /// 38 GFLOP/s in waves of 128 examples (115 MB) and at 139 in waves of 32 (PoCL 3.1, two cores of Zen 4).
  func waveGrains(on device: Device, _ configuration: TrainerConfiguration) -> Int {
    let grain = configuration.grain
    let one = MemoryPlan(self, capacity: grain, grain: grain).byteCount
    // Weights in other layouts are there once.
    let perGrain = MemoryPlan(self, capacity: 2 * grain, grain: grain).byteCount - one
    let memory = min(device.globalMemoryByteCount / 2, device.maxAllocationByteCount)
    let limit = device.kind == .cpu ? min(memory, Self.cachedByteCount) : memory
    return max(1, (limit - (one - perGrain)) / max(perGrain, 1))
  }

  private static let cachedByteCount = (Int(ProcessInfo.processInfo.environment["CHORUS_WAVE_MB"] ?? "256") ?? 256) << 20
}
