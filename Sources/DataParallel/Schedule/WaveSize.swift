import ComputeGraph
import OpenCL

extension Plan {
  /// The most grains of one wave that a device's memory holds, at least one.
  ///
  /// Takes half of the memory, because others use it too, and no allocation over the device's limit.
  func waveGrains(on device: Device, _ configuration: TrainerConfiguration) -> Int {
    let perGrain = MemoryPlan(self, capacity: configuration.grain).byteCount
    let limit = min(device.globalMemoryByteCount / 2, device.maxAllocationByteCount)
    return max(1, limit / max(perGrain, 1))
  }
}
