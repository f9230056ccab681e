import Chorus
import TestSupport
import Testing

/// Where a run is computed: devices, their halves, and how grains are split over them.
struct TestPlacement {
  let name: String
  let participants: [Participant]
  var split = Split.measured
}

/// What a run computes: everything that decides the bits.
struct TestRecipe {
  let graph: Graph
  let source: any ExampleSource
  var batch = 8, grain = 2, steps = 3
  var seed: UInt64 = 3
  var optimizer = OptimizerSettings(.sgd(), rate: 0.05)

  /// Trains from the initial values, and says what came out.
  ///
  /// - Parameters:
  ///   - placement: Where.
  ///   - change: Changes settings that are no part of the recipe, before the replicas are built.
  /// - Returns: The hashes and losses.
  /// - Throws: What the trainer throws.
  func train(
    on placement: TestPlacement, change: (inout TrainerConfiguration) -> Void = { _ in }
  ) throws -> TestOutcome {
    var configuration = try TrainerConfiguration(
      graph: graph, batch: batch, grain: grain, steps: steps, seed: seed, optimizer: optimizer)
    configuration.split = placement.split
    // Placements share their built kernels; the drivers are slow compilers.
    configuration.programCache = CacheFolder().programs
    change(&configuration)
    let trainer = try Trainer(
      configuration, source: source, participants: placement.participants,
      onNotice: { Issue.record("on \(placement.name): \($0)") })
    let losses = try (0..<steps).map { _ in try trainer.step().loss }
    return TestOutcome(
      losses: losses, weights: trainer.weights().sha256,
      averages: optimizer.averageDecay.map { _ in
        trainer.weights(averaged: true).sha256
      })
  }
}

/// What training came to; equal for two placements only if every bit is.
struct TestOutcome: Equatable {
  /// Mean loss of each step.
  let losses: [Double]
  /// SHA-256 of the weights, running statistics included.
  let weights: String
  /// SHA-256 of the moving averages of the weights, where those are kept.
  let averages: String?
}

/// The placements that a host allows: some for each purpose.
struct Placements {
  private let devices: [Device]

  /// Those of the OpenCL devices of this host.
  init() throws { devices = try testDevices().map(\.device) }

  /// The devices of these indices.
  private func whole(_ indices: Int...) -> [Participant] {
    indices.map { Participant(device: devices[$0], name: "\($0)") }
  }

  private func halves(_ index: Int) throws -> [Participant] {
    try devices[index].partitionedEqually(into: 2).enumerated().map {
      Participant(device: $1, name: "\(index)/2[\($0)]")
    }
  }

  /// One device alone.
  func alone(_ index: Int = 0) -> TestPlacement {
    TestPlacement(name: "\(devices[index].platformName) alone", participants: whole(index))
  }

  /// Each device alone, and the first two together.
  func devicesAndTogether() -> [TestPlacement] {
    let placements = devices.indices.map(alone)
    guard devices.count > 1 else { return placements }
    return placements + [
      TestPlacement(name: "both vendors", participants: whole(0, 1), split: .fixed([1, 1]))
    ]
  }

  /// Each device alone, the first one's halves, both vendors, and uneven splits: enough for a large model.
  func few() throws -> [TestPlacement] {
    var placements = devices.indices.map(alone)
    if devices[0].canPartitionEqually {
      placements.append(
        TestPlacement(
          name: "\(devices[0].platformName) in halves", participants: try halves(0),
          split: .fixed([1, 1])))
    }
    // Without CHORUS_REQUIRE_RUNTIMES, testDevices() lets a host with a single platform run the rest.
    guard devices.count > 1 else { return placements }
    return placements + [
      TestPlacement(name: "both vendors", participants: whole(0, 1), split: .fixed([1, 1])),
      TestPlacement(name: "both, 1:3", participants: whole(0, 1), split: .fixed([1, 3])),
      TestPlacement(
        name: "both, another split each step", participants: whole(1, 0), split: .random(seed: 9)),
    ]
  }

  /// Both vendors, their halves, two replicas on one device, uneven and changing splits.
  func all() throws -> [TestPlacement] {
    var placements: [TestPlacement] = []
    for (index, device) in devices.enumerated() {
      placements += [
        alone(index),
        TestPlacement(
          name: "\(device.platformName) alone again", participants: whole(index)),
        TestPlacement(
          name: "\(device.platformName) twice", participants: whole(index, index)),
      ]
      if device.canPartitionEqually {
        placements.append(
          TestPlacement(
            name: "\(device.platformName) in halves", participants: try halves(index),
            split: .fixed([1, 1])))
      }
    }
    guard devices.count > 1 else { return placements }
    let splits: [(String, Split)] = [
      ("measured", .measured), ("1:7", .fixed([1, 7])), ("7:1", .fixed([7, 1])),
      ("1:1", .fixed([1, 1])), ("one idle", .fixed([0, 1])),
      ("another split each step", .random(seed: 9)),
    ]
    placements += splits.map {
      TestPlacement(name: "both, \($0.0)", participants: whole(0, 1), split: $0.1)
    }
    return placements + [
      TestPlacement(
        name: "four replicas, another split each step", participants: whole(0, 1, 1, 0),
        split: .random(seed: 10))
    ]
  }
}
