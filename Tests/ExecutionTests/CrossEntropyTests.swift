import ComputeGraph
import Execution
import TestSupport
import Testing

@Suite("Cross-entropy")
struct CrossEntropyTests {
  /// The logits are the examples: a linear layer of the identity hands them on without rounding.
  private static func record(
    _ device: TestDevice, _ logits: [[Float]], labels: [Int32]
  ) throws -> (Recording, expected: () -> ReferencePass) {
    let classes = logits[0].count
    var graph = Graph(input: [classes])
    try graph.append(Linear(outputs: classes))
    try graph.append(CrossEntropy())
    let identity = (0..<classes * classes).map { Float($0 / classes == $0 % classes ? 1 : 0) }
    let weights = [identity, Array(repeating: 0, count: classes)]
    let source = MemoryExamples(
      shape: [classes], classCount: classes, values: logits.flatMap { $0 }, labels: labels)
    var setting = RunSetting()
    setting.capacity = (logits.count + 3) / 4 * 4
    let reference = ReferenceNetwork(graph, weights: weights, grain: setting.grain)
    return (
      try device.record(graph, weights: weights, source: source, setting: setting),
      {
        reference.pass(
          source.values.map(Double.init), targets: source.targets.map(Double.init))
      }
    )
  }

  @Test("the label may be any class", arguments: try testDevices(), [1, 2, 10, 16, 19, 33])
  func everyLabel(_ device: TestDevice, classes: Int) throws {
    let values = randomValues(classes * classes, seed: 22, bound: 4)
    let logits = (0..<classes).map { Array(values[$0 * classes..<($0 + 1) * classes]) }
    let (recording, reference) = try Self.record(
      device, logits, labels: (0..<Int32(classes)).map { $0 })
    let expected = reference()
    expectClose(recording.losses, expected.losses, relative: 1e-6, "losses")
    let dlogits = try #require(recording.gradient(1))
    expectClose(dlogits, expected.gradients[1], relative: 1e-6, "dlogits")
    let best = logits.map { row in row.firstIndex(of: row.max() ?? 0) ?? 0 }
    #expect(recording.correct == best.enumerated().map { $0 == $1 ? 1 : 0 })
  }

  @Test("huge logits neither overflow nor lose the loss", arguments: try testDevices())
  func hugeLogits(_ device: TestDevice) throws {
    let logits: [[Float]] = [
      [1e38, -1e38, 0, 5], [-1e38, -1e38, -1e38, -1e38], [1e30, 1e30, 1e30, 1e30],
      [100, 200, 300, 400], [-400, -300, -200, -100], [88, 89, 90, 91], [0, -87, -104, -200],
    ]
    let labels: [Int32] = [1, 2, 0, 3, 0, 3, 1]
    let (recording, reference) = try Self.record(device, logits, labels: labels)
    let expected = reference()
    let dlogits = try #require(recording.gradient(1))
    for n in logits.indices {
      // Each example by itself: the first loss would hide the others. Beside a probability of 1 a
      // denormal one counts as zero.
      expectClose([recording.losses[n]], [expected.losses[n]], relative: 1e-6, "loss \(n)")
      expectClose(
        dlogits[4 * n..<4 * n + 4] + [1], expected.gradients[1][4 * n..<4 * n + 4] + [1],
        relative: 1e-6, "dlogits \(n)")
    }
  }

  @Test("of equal largest logits the first counts as the prediction", arguments: try testDevices())
  func ties(_ device: TestDevice) throws {
    let logits: [[Float]] = [[3, 3, 1], [3, 3, 1], [1, 3, 3], [1, 3, 3], [0, -0.0, 0]]
    let (recording, _) = try Self.record(device, logits, labels: [0, 1, 1, 2, 0])
    #expect(recording.correct == [1, 0, 1, 0, 1])
  }

  @Test("a NaN among the logits shows in the loss", arguments: try testDevices())
  func notANumber(_ device: TestDevice) throws {
    let (recording, _) = try Self.record(
      device, [[1, .nan, 2], [1, 2, 3], [.infinity, 1, 2]], labels: [0, 2, 0])
    #expect(recording.losses.map(\.isNaN) == [true, false, true])
  }

  @Test("an ignored token has no loss, no gradient and no count", arguments: try testDevices())
  func ignored(_ device: TestDevice) throws {
    var graph = Graph(input: [4, 3])
    try graph.append(Linear(outputs: 3))
    try graph.append(CrossEntropy(ignoredIndex: -1))
    let source = MemoryExamples(
      shape: [4, 3], values: randomValues(24, seed: 33), targetShape: [4], classCount: 3,
      targets: [0, -1, 2, 1, -1, -1, -1, -1])
    let recording = try device.record(
      graph, weights: graph.initialWeights(seed: 34), source: source)
    #expect(recording.counted == [3, 0])
    #expect(recording.losses[0] > 0 && recording.losses[1] == 0)
    let rows = try #require(recording.gradient(1))
    let isZero = (0..<8).map { rows[3 * $0..<3 * $0 + 3].allSatisfy { $0 == 0 } }
    #expect(isZero == source.targets.map { $0 < 0 })
  }

  @Test(
    "a label that is no class shows in the loss and the gradients", arguments: try testDevices())
  func noClass(_ device: TestDevice) throws {
    let (recording, _) = try Self.record(
      device, [[1, 0, 2], [1, 2, 3], [3, 1, 2]], labels: [3, 2, -1])
    #expect(recording.losses.map(\.isNaN) == [true, false, true])
    let infinity = Int32(bitPattern: Float.infinity.bitPattern)
    #expect(recording.magnitudes.allSatisfy { $0 > infinity })
  }
}
