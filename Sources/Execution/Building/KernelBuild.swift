package import ComputeGraph
public import OpenCL

/// A kernel in its variant for processors, and the options that it is built with: what a driver compiles once.
public struct KernelBuild: Sendable, Hashable, Codable {
  /// What the kernel is given, as far as it matters for a launch that does nothing.
  enum Argument: String, Codable {
    case buffer, int, float
  }

  /// Name of the kernel.
  public let kernel: String
  /// Build options, `NAME=value`, sorted.
  public let options: [String]
  let arguments: [Argument]

  /// The build of a step with its tile.
  init(_ step: Step, tile: Tile?) {
    self.init(
      step.kernel, options: step.options + (tile?.options ?? []),
      arguments: step.arguments.map { argument in
        switch argument {
        case .output, .input, .weight, .sums, .magnitude, .keys, .run: .buffer
        case .examples, .grain, .grains, .int, .word, .limit, .accumulate: .int
        case .float, .scale: .float
        }
      })
  }

  init(_ kernel: String, options: [Step.Option] = [], arguments: [Argument]) {
    self.kernel = kernel
    self.options = options.map { "\($0.name)=\($0.value)" }.sorted()
    self.arguments = arguments
  }
}

extension KernelBuild: Comparable {
  /// By name, then by options.
  public static func < (left: KernelBuild, right: KernelBuild) -> Bool {
    (left.kernel, left.options.joined(separator: " "))
      < (right.kernel, right.options.joined(separator: " "))
  }
}

extension Plan {
  /// All builds of a plan, in waves of up to `examples`, on a device of so many compute units.
  package func builds(tiles: TileChoice, examples: Int, grain: Int, units: Int) -> Set<KernelBuild>
  {
    Set(
      (prologue + forward + evaluation + backward).map { step in
        KernelBuild(
          step,
          tile: tiles.tile(
            for: step, examples: examples, grain: grain, units: units, variant: .cpu,
            limits: .usual))
      })
  }
}

extension Optimizer {
  /// The builds that update a graph's parameters.
  package func builds(_ graph: Graph, keepsAverages: Bool) -> Set<KernelBuild> {
    let numbers = UpdateNumbers(
      self, step: 0, rate: 0, decay: 0, factor: 1, grains: 1, averageDecay: nil)
    var builds: Set = [
      KernelBuild(
        kernel,
        arguments: Array(repeating: .buffer, count: 2 + stateCount) + [.int, .int]
          + numbers.arguments(decays: true).map { value in
            switch value {
            case .float: .float
            case .int: .int
            }
          })
    ]
    let moving: [KernelBuild.Argument] = [.buffer, .buffer, .int, .int, .float]
    if !graph.parameters.allSatisfy(\.isTrained) {
      builds.insert(KernelBuild("statistic_update", arguments: moving + [.float]))
    }
    if keepsAverages { builds.insert(KernelBuild("average_update", arguments: moving)) }
    return builds
  }
}

extension SelfTest {
  /// All builds that the test for these kernels needs on a device.
  public static func builds(kernels: Set<String>?, on device: Device) -> Set<KernelBuild> {
    var builds: Set<KernelBuild> = []
    for network in SelfTestCase.covering(kernels).flatMap({ (try? $0.networks) ?? [] }) {
      guard let plan = try? Plan(network.graph) else { continue }
      builds.formUnion(
        plan.builds(
          tiles: .large, examples: SelfTestRun.capacity, grain: SelfTestRun.grain,
          units: device.computeUnitCount))
      builds.formUnion(
        network.optimizer.builds(network.graph, keepsAverages: network.keepsAverages))
    }
    return builds
  }
}
