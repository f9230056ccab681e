import ComputeGraph
import Execution
import OpenCL

/// Steps of small networks with sizes that no tile divides; every tensor and every parameter is a buffer of its own.
enum Networks {
  /// The self-test's case with the usual tiles, whose bits must be the reference's, and with others.
  static func run(
    _ testCase: SelfTestCase, on device: Device, _ variant: KernelVariant
  ) throws {
    for tiles in [TileChoice.standard, .random(seed: 1)] {
      let run = try SelfTestRun(
        testCase.networks, device: device, cache: nil, tiles: tiles, kernels: variant,
        separatesParameters: true)
      let verdict = SelfTest.compare(run.hashes, testCase)
      guard verdict == .passed else { throw Failure(description: verdict.summary) }
    }
    // The test compares these with the names in the sources.
    for kernel in testCase.kernels.sorted() { print("ran", variant.name(of: kernel) ?? kernel) }
  }

  /// Rows of every width up to a vector, each at the very end of its memory.
  static func runWidths(on device: Device, _ variant: KernelVariant) throws {
    var graph = Graph(input: [3])
    for width in 1...17 {
      try graph.append(Linear(outputs: width))
      if width % 3 == 0 { try graph.append(LayerNormalization()) }
      if width % 3 == 1 { try graph.append(BatchNormalization()) }
    }
    // 32 x 20 weights fill their alignment: they end where their buffer does.
    for width in [32, 20, 37, 7] { try graph.append(Linear(outputs: width)) }
    try graph.append(CrossEntropy())
    _ = try SelfTestRun(
      [SelfTestCase.Network(graph: graph, optimizer: .adamW())], device: device, cache: nil,
      kernels: variant, separatesParameters: true)
  }
}
