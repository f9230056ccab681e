import ComputeGraph
import Execution
import TestSupport
import Testing

@Suite("Dropout")
struct DropoutTests {
  private static let width = 37, probability: Float = 0.3

  /// Two dropouts, one after the other.
  private static func graph() throws -> Graph {
    var graph = Graph(input: [width])
    try graph.append(Dropout(probability))
    try graph.append(Dropout(probability))
    try graph.append(Linear(outputs: 3))
    try graph.append(CrossEntropy())
    return graph
  }

  /// What a dropout gives, by Philox on the host; element i of an example has the first word of a block of its own.
  private static func dropped(
    _ x: [Float], node: UInt32, examples: Range<Int>, seed: UInt64, step: Int
  ) -> [Float] {
    let philox = Philox(seed: seed)
    let kept = Float(1 / (1 - Double(probability)))
    return x.enumerated().map { i, value in
      let block = philox.block(
        SIMD4(
          UInt32(i % width), UInt32(examples.lowerBound + i / width),
          node << 8 | RandomStream.dropout.rawValue, UInt32(step)))
      return Double(block[0]) * 0x1p-32 < Double(probability) ? 0 : value * kept
    }
  }

  @Test(
    "seed, step, example, node and element alone decide what is dropped",
    arguments: try testDevices(),
    [(5, 0, 0..<7), (5, 1, 0..<7), (0x1234_5678_9abc_def0, 70_000, 3..<8)]
      as [(UInt64, Int, Range<Int>)])
  func masks(_ device: TestDevice, run: (seed: UInt64, step: Int, examples: Range<Int>)) throws {
    let graph = try Self.graph()
    let source = MemoryExamples(random: 8, for: graph, seed: 27)
    var setting = RunSetting()
    setting.fuses = false
    (setting.seed, setting.step) = (run.seed, run.step)
    let recording = try device.record(
      graph, weights: graph.initialWeights(seed: 28), source: source, examples: run.examples,
      setting: setting)
    let range = run.examples.lowerBound * Self.width..<run.examples.upperBound * Self.width
    var expected = Array(source.values[range])
    for node in 1...2 {
      expected = Self.dropped(
        expected, node: UInt32(node), examples: run.examples, seed: run.seed, step: run.step)
      expectSameBits(try #require(recording.output(node)), expected, "node \(node)")
    }
    // Half of them, about, are dropped by one or the other.
    let share = Double(expected.count { $0 == 0 }) / Double(expected.count)
    #expect((0.4...0.62).contains(share))
  }

  @Test("a graph evaluated drops nothing", arguments: try testDevices())
  func evaluation(_ device: TestDevice) throws {
    let graph = try Self.graph()
    let source = MemoryExamples(random: 7, for: graph, seed: 29)
    var setting = RunSetting()
    setting.fuses = false
    setting.mode = .evaluation
    let recording = try device.record(
      graph, weights: graph.initialWeights(seed: 30), source: source, setting: setting)
    expectSameBits(try #require(recording.output(2)), source.values)
  }
}
