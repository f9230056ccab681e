public import Execution
public import ComputeGraph
public import OpenCL

extension TrainerConfiguration {
  /// The kernels that a replica on a processor runs, as they are built for it.
  public func builds(on device: Device) throws(GraphError) -> Set<KernelBuild> {
    let plan = try Plan(graph)
    let update = optimizer.optimizer.builds(
      graph, keepsAverages: optimizer.averageDecay != nil)
    return plan.builds(
      tiles: tiles(for: device), examples: waveGrains(of: plan, on: device) * grain, grain: grain,
      units: device.computeUnitCount
    ).union(update)
  }
}
