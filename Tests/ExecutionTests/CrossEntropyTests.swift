import ComputeGraph
import Execution
import TestSupport
import Testing

@Suite("Cross-entropy")
struct CrossEntropyTests {
  /// The logits are the examples: a linear layer of the identity hands them on without rounding.
  private static func record(
    _ device: TestDevice, _ logits: [[Float]], labels: [Int32]
  ) throws -> (Recording, ReferencePass) {
    let classes = logits[0].count
    var graph = Graph(input: [classes])
    try graph.append(.linear(outputs: classes))
    try graph.append(.crossEntropy)
    let identity = (0..<classes * classes).map { Float($0 / classes == $0 % classes ? 1 : 0) }
    let weights = [identity, Array(repeating: 0, count: classes)]
    let source = MemoryExamples(
      shape: [classes], classCount: classes, values: logits.flatMap { $0 }, labels: labels)
    var setting = RunSetting()
    setting.capacity = (logits.count + 3) / 4 * 4
    return (
      try device.record(graph, weights: weights, source: source, setting: setting),
      ReferenceNetwork(graph, weights: weights).pass(source)
    )
  }

  @Test("the label may be any class", arguments: try testDevices(), [1, 2, 10, 16, 19, 33])
  func everyLabel(_ device: TestDevice, classes: Int) throws {
    let values = randomValues(classes * classes, seed: 22, bound: 4)
    let logits = (0..<classes).map { Array(values[$0 * classes..<($0 + 1) * classes]) }
    let (recording, expected) = try Self.record(
      device, logits, labels: (0..<Int32(classes)).map { $0 })
    expectClose(recording.losses, expected.losses, relative: 1e-6, "losses")
    let roles = TensorRoles(recording.plan)
    let dlogits = try #require(roles.gradients[1])
    expectClose(recording.tensors[dlogits], expected.gradients[1], relative: 1e-6, "dlogits")
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
    let (recording, expected) = try Self.record(device, logits, labels: labels)
    let roles = TensorRoles(recording.plan)
    let dlogits = recording.tensors[try #require(roles.gradients[1])]
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
}
