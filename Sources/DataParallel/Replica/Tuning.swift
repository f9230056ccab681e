public import Execution
import ComputeGraph
public import OpenCL

extension TrainerConfiguration {
  /// How products are cut on a device: its tuned tiles, where it has any and no others are asked for.
  func tiles(for device: Device) -> TileChoice {
    guard tiles == .standard, let table = tuning?.table(for: device) else { return tiles }
    return .tuned(table)
  }

  /// Most grains of one wave of a replica.
  func waveGrains(of plan: Plan, on device: Device) -> Int {
    min(waveGrains ?? batch / grain, plan.waveGrains(on: device, self))
  }
}

extension Tuner {
  /// A tuner of the products of a run, in waves as large as training's on the device.
  ///
  /// - Parameters:
  ///   - configuration: The run.
  ///   - device: The device.
  /// - Throws: `GraphError`, or the OpenCL call that failed.
  public convenience init(_ configuration: TrainerConfiguration, device: Device) throws {
    let plan = try Plan(configuration.graph)
    try self.init(
      plan, examples: configuration.waveGrains(of: plan, on: device) * configuration.grain,
      grain: configuration.grain, device: device, kernels: configuration.kernels,
      cache: configuration.programCache)
  }
}
