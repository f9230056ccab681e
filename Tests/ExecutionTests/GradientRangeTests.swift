import ComputeGraph
import Execution
import TestSupport
import Testing

// A gradient that does not fit its scale, or is no number, must never go unnoticed.
@Suite("Gradient range")
struct GradientRangeTests {
  /// Both kinds of product, a bias of each.
  private static let network = TestNetwork(
    "range", input: [4, 3, 2],
    [Convolution(outputs: 3, kernel: 3, padding: 1), Reshape.flatten, Linear(outputs: 5)],
    examples: 13, grain: 2)

  private static func record(
    _ device: TestDevice, scale: GradientScale, change: (inout MemoryExamples) -> Void = { _ in }
  ) throws -> Recording {
    let graph = try network.graph()
    var source = MemoryExamples(random: network.examples, for: graph, seed: 16)
    change(&source)
    var setting = RunSetting(network)
    setting.scale = scale
    // The largest gradient may be in a later wave.
    setting.capacity = 3 * network.grain
    return try device.record(
      graph, weights: graph.initialWeights(seed: 17), source: source, setting: setting)
  }

  @Test("measuring reports the largest gradient of a grain", arguments: try testDevices())
  func measuring(_ device: TestDevice) throws {
    let network = Self.network
    let graph = try network.graph()
    let source = MemoryExamples(random: network.examples, for: graph, seed: 16)
    let reference = ReferenceNetwork(
      graph, weights: graph.initialWeights(seed: 17), grain: network.grain)
    var largest = graph.parameters.map { _ in 0.0 }
    for first in stride(from: 0, to: source.count, by: network.grain) {
      let grain = first..<min(first + network.grain, source.count)
      let size = source.exampleShape.count
      let pass = reference.pass(
        source.values[grain.lowerBound * size..<grain.upperBound * size].map(Double.init),
        targets: source.targets[grain].map(Double.init))
      for (id, gradient) in pass.parameters.enumerated() {
        largest[id] = gradient.reduce(largest[id]) { max($0, abs($1)) }
      }
    }
    let recording = try Self.record(device, scale: .measuring)
    for (id, parameter) in graph.parameters.enumerated() {
      let magnitude = Float(bitPattern: UInt32(recording.magnitudes[id]))
      expectClose([magnitude], [largest[id]], relative: 1e-6, parameter.name)
    }
  }

  @Test("a gradient at the limit is reported with its size", arguments: try testDevices())
  func limit(_ device: TestDevice) throws {
    let largest = try Self.record(device, scale: .measuring).magnitudes
    let top = try #require(largest.max().map { Float(bitPattern: UInt32($0)) })
    // The limit is 2^11 times the power of two below `largest`: first just above all gradients, …
    let fits = GradientScale(largest: top * 0x1p-10)
    let fitting = try Self.record(device, scale: fits)
    #expect(limit(of: fits) > top)
    #expect(fitting.magnitudes.allSatisfy { $0 == 0 })
    // … then at most the largest one, while smaller ones still fit.
    let overflows = GradientScale(largest: top * 0x1p-11)
    #expect(limit(of: overflows) <= top)
    let expected = largest.map { Float(bitPattern: UInt32($0)) >= limit(of: overflows) ? $0 : 0 }
    #expect(try Self.record(device, scale: overflows).magnitudes == expected)
    #expect(expected.contains(0))
  }

  @Test("NaN and infinity are reported above all numbers", arguments: try testDevices())
  func notFinite(_ device: TestDevice) throws {
    for value in [Float.nan, .infinity, -.infinity] {
      // In the last grain, which is short.
      let recording = try Self.record(device, scale: GradientScale(largest: 1)) { source in
        source.values[source.values.count - 5] = value
      }
      let infinity = Int32(bitPattern: Float.infinity.bitPattern)
      #expect(recording.magnitudes.allSatisfy { $0 >= infinity }, "\(value)")
    }
  }

  /// Gradients must stay below it: 2^43 / scale.
  private func limit(of scale: GradientScale) -> Float {
    Float(sign: .plus, exponent: 43 - scale.exponent, significand: 1)
  }
}
