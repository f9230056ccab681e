import Chorus
import TestSupport
import Testing

/// The promise: what is computed never depends on where.
@Suite(.serialized) struct PlacementTests {
  /// 100 examples in batches of 48: the third step has 4 examples, a single short grain.
  private func recipe(_ name: String) throws -> TestRecipe {
    TestRecipe(
      graph: try Self.model(name).graph(),
      source: DrawnDigits.make(seed: 5, trainingCount: 100, heldOutCount: 10).training,
      batch: 48, grain: 6, steps: 4)
  }

  private static func model(_ name: String) -> Model {
    switch name {
    case "perceptron": .perceptron()
    case "lenet": .lenet()
    default:
      Model(input: [28, 28, 1]) {
        Conv2D(5, kernel: 3, padding: .same); ReLU()
        MaxPool2D(2)
        Conv2D(18, kernel: 5); ReLU()
        MaxPool2D(2)
        Flatten()
        Linear(10)
      }
    }
  }

  @Test(
    "the weights have the same SHA-256 on every placement",
    arguments: ["perceptron", "lenet", "small convolution"])
  func placement(_ name: String) throws {
    let recipe = try recipe(name)
    let placements = try Placements().all()
    let expected = try recipe.train(on: placements[0])
    for placement in placements.dropFirst() {
      #expect(try recipe.train(on: placement) == expected, "\(name) on \(placement.name)")
    }
  }

  @Test("neither the size of a wave nor the tiles change a bit", arguments: ["small convolution"])
  func wavesAndTiles(_ name: String) throws {
    let recipe = try recipe(name)
    let placements = try Placements()
    for index in try testDevices().indices {
      let alone = placements.alone(index)
      let expected = try recipe.train(on: alone)
      for waveGrains in [1, 3] {
        #expect(try recipe.train(on: alone) { $0.waveGrains = waveGrains } == expected)
      }
      for seed in 1...3 as ClosedRange<UInt64> {
        #expect(try recipe.train(on: alone) { $0.tiles = .random(seed: seed) } == expected)
      }
    }
  }

  @Test("the seed, the grain and the rate are part of the recipe: they change the weights")
  func recipe() throws {
    let recipe = try recipe("small convolution")
    let alone = try Placements().alone()
    let hashes = try Set(
      [
        recipe.train(on: alone), recipe.train(on: alone) { $0.seed = 4 },
        recipe.train(on: alone) { $0.grain = 8 },
        recipe.train(on: alone) { $0.optimizer.rate = 0.04 },
      ].map(\.weights))
    #expect(hashes.count == 4)
  }
}
