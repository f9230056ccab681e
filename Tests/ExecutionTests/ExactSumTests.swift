import ComputeGraph
import Execution
import Kernels
import OpenCL
import TestSupport
import Testing

// Sums over grains are integers, whatever the order: here against integers that the host adds.
@Suite("Exact sums")
struct ExactSumTests {
  /// Both kinds of product, with more than one tile each.
  private static let network = TestNetwork(
    "exact", input: [4, 3, 5],
    [
      Convolution(outputs: 7, kernel: 3, padding: 1), Activation.relu, Reshape.flatten,
      Linear(outputs: 37), Activation.relu, Linear(outputs: 3),
    ], examples: 131, grain: 2)

  @Test(
    "the sums over grains are the integers that each grain alone rounds to",
    arguments: try testDevices())
  func grains(_ device: TestDevice) throws {
    let network = Self.network
    let graph = try network.graph()
    let source = MemoryExamples(random: network.examples, for: graph, seed: 13)
    let weights = graph.initialWeights(seed: 14)
    // 66 grains, the last of one example.
    let grains = stride(from: 0, to: source.count, by: network.grain).map {
      $0..<min($0 + network.grain, source.count)
    }
    let gradients = try grains.map {
      try device.grainGradients(graph, weights: weights, source: source, examples: $0)
    }
    let largest = gradients.joined().joined().reduce(0) { max($0, abs($1)) }

    // The library's own scale, and one so coarse that rounding decides.
    for scale in [GradientScale(largest: largest), GradientScale(largest: largest * 0x1p26)] {
      for grainCount in [5, 8, 9, 23, 66] {
        var setting = RunSetting(network)
        setting.scale = scale
        let examples = 0..<grains[grainCount - 1].upperBound
        let whole = try device.record(
          graph, weights: weights, source: source, examples: examples, setting: setting)
        // Several waves, of which the first has more grains than are added between two flushes.
        setting.waves = [9, 1, 16].map { $0 * network.grain }
        let waves = try device.record(
          graph, weights: weights, source: source, examples: examples, setting: setting)
        for (id, parameter) in graph.parameters.enumerated() {
          var expected = [Int64](repeating: 0, count: parameter.shape.count)
          for gradient in gradients[..<grainCount] {
            for (i, value) in gradient[id].enumerated() {
              expected[i] += Int64((value * scale.factor).rounded(.toNearestOrEven))
            }
          }
          let words = "\(parameter.name), \(grainCount) grains, scale 2^\(scale.exponent)"
          expectSame(whole.sums[id], expected, words)
          expectSame(waves.sums[id], expected, words + ", in waves")
        }
        #expect(whole.magnitudes.allSatisfy { $0 == 0 })
      }
    }
  }

  @Test("the split into floats rounds as a 64-bit integer does", arguments: try testDevices())
  func split(_ device: TestDevice) throws {
    // Every magnitude below 2^43 with random digits, whole numbers and ties among them.
    var values: [Float] = [0, -0.0, 0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0x1p22 + 0.5, 0x1.fffffep42]
    for (i, word) in randomWords(16 * 4096, seed: 15).enumerated() {
      let magnitude = Float(
        sign: .plus, exponent: i % 46 - 3, significand: 1 + Float(word >> 9) * 0x1p-23)
      let rounded = i % 3 == 0 ? magnitude.rounded(.down) + 0.5 : magnitude
      values.append((word & 1 == 0 ? 1 : -1) * min(rounded, 0x1.fffffep42))
    }
    let vectors = values.count / (16 * 8) * 8
    let workplace = try Workplace(device)
    let family = try #require(KernelFamily(ofKernel: "bias_backward"))
    let program = try Program(
      context: device.library.context, name: "split", source: family.source + Self.splitSource,
      options: "-cl-std=CL1.2")
    let sums = try workplace.run(
      program.kernel("split_sums"), on: Array(values[..<(16 * vectors)]), groups: vectors / 8,
      resultCount: 2 * vectors, as: Int64.self)

    var expected: [Int64] = []
    for group in 0..<vectors / 8 {
      for lane in 0..<16 {
        expected.append(
          (0..<8).reduce(0) {
            $0 + Int64(values[(8 * group + $1) * 16 + lane].rounded(.toNearestOrEven))
          })
      }
    }
    expectSame(sums, expected, "sums of 8")
  }

  /// sums[group, lane] = sum of EXACT_FLUSH values, as a gradient's kernel adds them.
  private static let splitSource = """

    kernel void split_sums(global long* sums, global const float* values) {
      const int group = (int)get_global_id(0);
      float16 high = (float16)(0.0f);
      float16 low = (float16)(0.0f);
      for (int i = 0; i < EXACT_FLUSH; ++i)
        EXACT_ADD(high, low, vload16(group * EXACT_FLUSH + i, values), 1.0f)
      vstore16(convert_long16(high) + convert_long16(low), group, sums);
    }
    """
}

extension TestDevice {
  /// The float gradients of one grain, by parameter.
  ///
  /// A device hands out integers only. Where gradient * scale has at least 24 integer bits, the integer is
  /// the float itself; so each element is taken from the finest scale that it fits.
  fileprivate func grainGradients(
    _ graph: Graph, weights: [[Float]], source: MemoryExamples, examples: Range<Int>
  ) throws -> [[Float]] {
    var gradients = graph.parameters.map { [Double](repeating: 0, count: $0.shape.count) }
    for exponent in [30, 48, 66, 84] {
      var setting = RunSetting()
      setting.grain = examples.count
      setting.capacity = 132
      setting.scale = GradientScale(
        largest: Float(sign: .plus, exponent: 32 - exponent, significand: 1))
      precondition(setting.scale.exponent == exponent)
      let sums = try record(
        graph, weights: weights, source: source, examples: examples, setting: setting
      ).sums
      for (id, sum) in sums.enumerated() {
        for (i, value) in sum.enumerated() {
          let factor = Double(setting.scale.factor)
          let fits = abs(gradients[id][i]) * factor < 0x1p42
          if exponent == 30 || fits { gradients[id][i] = Double(value) / factor }
        }
      }
    }
    return gradients.map { $0.map(Float.init) }
  }
}
