import Chorus
import Foundation
import TestSupport
import Testing

/// Replicas with tables of tiles of their own train to the same weights.
@Suite(.serialized) struct TuningTests {
  @Test(
    "tiles tuned at random, others on each device, give the same SHA-256",
    arguments: ["perceptron", "lenet"])
  func random(_ name: String) throws {
    let recipe = TestRecipe(
      graph: try (name == "lenet" ? Model.lenet() : .perceptron()).graph(),
      source: DrawnDigits.make(seed: 6, trainingCount: 96, heldOutCount: 10).training,
      batch: 48, grain: 6, steps: 3)
    let placements = try Placements().devicesAndTogether()
    let expected = try recipe.train(on: placements[0])
    let plan = try Plan(recipe.graph)
    for seed in 1...(name == "lenet" ? 1 : 2) as ClosedRange<UInt64> {
      let cache = TuningCache(
        folder: FileManager.default.temporaryDirectory.appendingPathComponent(
          "chorus-tuning-tests-" + UUID().uuidString))
      defer { try? FileManager.default.removeItem(at: cache.folder) }
      for (index, device) in try testDevices().enumerated() {
        // A batch is one wave.
        let table = TileTable(
          random: plan, examples: 48, grain: 6, seed: 10 * seed + UInt64(index))
        try cache.add(table, for: device.device)
      }
      for placement in placements {
        #expect(
          try recipe.train(on: placement) { $0.tuning = cache } == expected, "\(placement.name)")
      }
    }
  }
}
