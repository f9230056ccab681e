import ComputeGraph
import Execution
import TestSupport
import Testing

// The numeric contract: what is computed never depends on how or where.
@Suite("Bits")
struct BitsTests {
  /// Ways to run a network that must not change a bit.
  private static func variants(of network: TestNetwork) -> [(words: String, setting: RunSetting)] {
    let whole = RunSetting(network)
    var unfused = whole
    unfused.fuses = false
    var small = whole
    small.tiles = .random(seed: 1)
    small.capacity = network.grain
    var uneven = unfused
    uneven.tiles = .random(seed: 2)
    uneven.capacity = 3 * network.grain
    uneven.waves = [2, 1, 3].map { $0 * network.grain }
    uneven.bucketCounts = (1, 1 << 20)
    var groups = uneven
    groups.fuses = true
    groups.kernels = .gpu
    return [
      ("standard", whole), ("unfused", unfused), ("random tiles, waves of one grain", small),
      ("unfused, random tiles, uneven waves", uneven),
    ] + (runsLongTests ? [("for graphics processors, random tiles, uneven waves", groups)] : [])
  }

  @Test(
    "fusion, tiles, waves, variant and device change no bit of any output, gradient or sum",
    arguments: TestNetwork.all)
  func sameBits(_ network: TestNetwork) throws {
    let graph = try network.graph()
    let source = MemoryExamples(random: network.examples, for: graph, seed: 9)
    let weights = graph.initialWeights(seed: 10)
    var first: Recording?
    for device in try testDevices() {
      for (words, setting) in Self.variants(of: network) {
        let recording = try device.record(graph, weights: weights, source: source, setting: setting)
        if let first {
          recording.expectSameBits(as: first, "\(words), \(device.testDescription)")
        } else {
          // What is not a number, or nothing, would be the same everywhere.
          #expect(recording.losses.allSatisfy { $0.isFinite && $0 != 0 })
          first = recording
        }
      }
    }
  }

  @Test(
    "an example's tensors are the same alone and among others", arguments: try testDevices(),
    [TestNetwork.image, .transformer, .moves])
  func alone(_ device: TestDevice, _ network: TestNetwork) throws {
    let graph = try network.graph()
    let source = MemoryExamples(random: network.examples, for: graph, seed: 11)
    let weights = graph.initialWeights(seed: 12)
    let setting = RunSetting(network)
    let together = try device.record(graph, weights: weights, source: source, setting: setting)
    for example in 0..<source.count {
      let alone = try device.record(
        graph, weights: weights, source: source, examples: example..<example + 1, setting: setting)
      for (id, tensor) in together.plan.tensors.enumerated() where tensor.extent == .example {
        let size = tensor.shape.count
        expectSameBits(
          alone.tensors[id], Array(together.tensors[id][example * size..<(example + 1) * size]),
          "\(tensor.name) of example \(example)")
      }
    }
  }

  // Memory that a kernel read before anything was written to it would show here: the arena is shared by
  // tensors, and full of NaN.
  @Test(
    "what an earlier step left in memory changes nothing", arguments: try testDevices(),
    [TestNetwork.image, .flattened, .residual, .checkpoint, .moves])
  func dirtyMemory(_ device: TestDevice, _ network: TestNetwork) throws {
    let graph = try network.graph()
    let source = MemoryExamples(random: network.examples, for: graph, seed: 25)
    let weights = graph.initialWeights(seed: 26)
    for fuses in [true, false] {
      var setting = RunSetting(network)
      setting.fuses = fuses
      let clean = try device.record(graph, weights: weights, source: source, setting: setting)
      setting.keepsAll = false
      let (compiled, inputs) = try device.compile(graph, weights: weights, setting: setting)
      var poison = source
      poison.values = poison.values.map { _ in .nan }
      // Tokens cannot be NaN.
      try compiled.setWeights(weights.map { $0.map { _ in .nan } })
      let poisoned = try device.record(compiled, inputs, source: poison, setting: setting)
      #expect(poisoned.losses.enumerated().allSatisfy { $1.isNaN || poisoned.counted[$0] == 0 })
      try compiled.setWeights(weights)
      let dirty = try device.record(compiled, inputs, source: source, setting: setting)
      TestSupport.expectSameBits(dirty.losses, clean.losses, "losses")
      for id in graph.parameters.indices {
        expectSame(dirty.sums[id], clean.sums[id], "sums of \(graph.parameters[id].name)")
      }
      #expect(dirty.magnitudes == clean.magnitudes)
    }
  }
}

extension Recording {
  /// Expects the same bits of every output and gradient that both plans keep, and of all that leaves the device.
  fileprivate func expectSameBits(
    as other: Recording, _ words: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    func compare(
      _ mine: [NodeID: TensorID], _ others: [NodeID: TensorID], _ what: String
    ) {
      for (node, tensor) in mine.sorted(by: { $0.key < $1.key }) {
        guard let twin = others[node] else { continue }
        TestSupport.expectSameBits(
          tensors[tensor], other.tensors[twin], "\(what) of \(plan.graph.word(node)), \(words)",
          sourceLocation: sourceLocation)
      }
    }
    compare(plan.outputs, other.plan.outputs, "output")
    compare(plan.gradients, other.plan.gradients, "gradient")
    #expect(correct == other.correct, "correct, \(words)", sourceLocation: sourceLocation)
    #expect(counted == other.counted, "counted, \(words)", sourceLocation: sourceLocation)
    #expect(magnitudes == other.magnitudes, "magnitudes, \(words)", sourceLocation: sourceLocation)
    for (id, parameter) in plan.graph.parameters.enumerated() {
      expectSame(
        sums[id], other.sums[id], "sums of \(parameter.name), \(words)",
        sourceLocation: sourceLocation)
    }
  }
}
