import Chorus
import Foundation
import TestSupport
import Testing

/// The promise: what is computed never depends on where.
@Suite(.serialized) struct PlacementTests {
  private static let steps = 4

  /// Placements of one network share their built kernels; the drivers are slow compilers.
  private static let programs = ProgramCache(
    directory: NSTemporaryDirectory() + "chorus-placement-tests")

  /// Trains a few steps and returns the SHA-256 of the weights.
  private func hash(
    _ graph: Graph, on participants: [Participant], split: Split = .measured,
    batch: Int = 48, change: (inout TrainerConfiguration) -> Void = { _ in }
  ) throws -> String {
    var configuration = try TrainerConfiguration(
      graph: graph, batch: batch, grain: 6, seed: 3,
      optimizer: StochasticGradientDescent(rate: 0.05))
    configuration.split = split
    configuration.programCache = Self.programs
    change(&configuration)
    // 100 examples: the third step has 4 examples, a single short grain.
    let data = DrawnDigits.make(seed: 5, trainingCount: 100, heldOutCount: 10)
    let trainer = try Trainer(configuration, source: data.training, participants: participants)
    for _ in 0..<Self.steps { try trainer.step() }
    return try trainer.weights().sha256
  }

  /// Both vendors, their halves, two replicas on one device, uneven and changing splits.
  private func placements() throws -> [(name: String, participants: [Participant], split: Split)] {
    let devices = try testDevices().map(\.device)
    func whole(_ indices: Int...) -> [Participant] {
      indices.map { Participant(device: devices[$0], name: "\($0)") }
    }
    var placements: [(String, [Participant], Split)] = []
    for (index, device) in devices.enumerated() {
      let halves = try device.partitionedEqually(into: 2).enumerated().map {
        Participant(device: $1, name: "\(index)/2[\($0)]")
      }
      placements += [
        ("\(device.platformName) alone", whole(index), .measured),
        ("\(device.platformName) alone again", whole(index), .measured),
        ("\(device.platformName) twice", whole(index, index), .measured),
        ("\(device.platformName) in halves", halves, .fixed([1, 1])),
      ]
    }
    // Without CHORUS_REQUIRE_RUNTIMES, testDevices() lets a host with a single platform run the rest.
    guard devices.count > 1 else { return placements }
    return placements + [
      ("both vendors", whole(0, 1), .measured),
      ("both, 1:7", whole(0, 1), .fixed([1, 7])),
      ("both, 7:1", whole(0, 1), .fixed([7, 1])),
      ("both, 1:1", whole(0, 1), .fixed([1, 1])),
      ("both, one idle", whole(0, 1), .fixed([0, 1])),
      ("both, another split each step", whole(0, 1), .random(seed: 9)),
      ("four replicas, another split each step", whole(0, 1, 1, 0), .random(seed: 10)),
    ]
  }

  private static func smallConvolution() throws -> Graph {
    var graph = Graph(input: [28, 28, 1])
    try graph.append(.convolution(outputs: 5, kernel: 3, padding: 1))
    try graph.append(.relu)
    try graph.append(.maxPool(window: 2, stride: 2))
    try graph.append(.convolution(outputs: 18, kernel: 5, padding: 0))
    try graph.append(.relu)
    try graph.append(.maxPool(window: 2, stride: 2))
    try graph.append(.flatten)
    try graph.append(.linear(outputs: 10))
    try graph.append(.crossEntropy)
    return graph
  }

  private static func graph(_ name: String) throws -> Graph {
    switch name {
    case "mlp": try .mlp()
    case "lenet": try .lenet()
    default: try smallConvolution()
    }
  }

  @Test(
    "the weights have the same SHA-256 on every placement",
    arguments: ["mlp", "lenet", "small convolution"])
  func placement(_ name: String) throws {
    let graph = try Self.graph(name)
    let placements = try placements()
    let expected = try hash(graph, on: placements[0].participants)
    for (placement, participants, split) in placements.dropFirst() {
      #expect(
        try hash(graph, on: participants, split: split) == expected, "\(name) on \(placement)")
    }
  }

  @Test("neither the size of a wave nor the tiles change a bit", arguments: ["small convolution"])
  func wavesAndTiles(_ name: String) throws {
    let graph = try Self.graph(name)
    for device in try testDevices() {
      let participants = [Participant(device: device.device, name: "0")]
      let expected = try hash(graph, on: participants)
      for waveGrains in [1, 3] {
        #expect(try hash(graph, on: participants) { $0.waveGrains = waveGrains } == expected)
      }
      for seed in 1...3 as ClosedRange<UInt64> {
        #expect(
          try hash(graph, on: participants) { $0.tiles = .random(seed: seed) } == expected)
      }
    }
  }

  @Test("the seed and the grain are part of the recipe: they change the weights")
  func recipe() throws {
    let graph = try Self.smallConvolution()
    let participants = [Participant(device: try testDevices()[0].device, name: "0")]
    let hashes = try Set([
      hash(graph, on: participants), hash(graph, on: participants) { $0.seed = 4 },
      hash(graph, on: participants) { $0.grain = 8 },
      hash(graph, on: participants) { $0.optimizer.rate = 0.04 },
    ])
    #expect(hashes.count == 4)
  }
}
