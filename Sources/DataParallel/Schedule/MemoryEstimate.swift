import ComputeGraph
import Execution
public import OpenCL

/// Memory that a training takes, as far as it follows from the network and the batch.
public struct MemoryEstimate: Sendable, Equatable {
  /// Bytes in a device's memory, of a replica.
  public let deviceByteCount: Int
  /// Bytes in the host's memory, of a replica: where device and host have memory of their own, what travels lies in both.
  public let stagingByteCount: Int
  /// Bytes in the host's memory, once for all replicas: committed weights and gradients.
  public let hostByteCount: Int

  /// The memory of a replica on `device`, and of the host beside it.
  ///
  /// - Throws: `GraphError` where the graph cannot be planned.
  public init(_ configuration: TrainerConfiguration, on device: Device) throws {
    let plan = try Plan(configuration.graph)
    let parameters = plan.graph.parameters.reduce(0) { $0 + $1.shape.count }
    let states = configuration.optimizer.optimizer.stateCount
    let averages = configuration.optimizer.averageDecay == nil ? 0 : 1
    let grains = min(
      configuration.waveGrains ?? plan.waveGrains(on: device, configuration),
      configuration.batch / configuration.grain)
    let arena = MemoryPlan(
      plan, capacity: max(1, grains) * configuration.grain, grain: configuration.grain
    ).byteCount
    // Weights, states and gradients are floats, sums are longs.
    deviceByteCount = parameters * 4 * (1 + states + averages + 1 + 2) + arena
    stagingByteCount = device.hasUnifiedMemory ? 0 : parameters * 12
    // A state and the one that takes its place, and the gradients of a few steps.
    hostByteCount = parameters * 4 * (2 * (1 + states + averages) + 3) + (128 << 20)
  }
}
