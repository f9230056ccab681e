import Chorus
import Testing

/// The promise, for every model of the library, with dropout, clipping and normalisation on.
@Suite(.serialized) struct ModelPlacementTests {
  @Test(
    "every model has the same weights and moving averages on every placement",
    arguments: ModelCase.images + ModelCase.languages)
  func placements(_ testCase: ModelCase) throws {
    let recipe = try testCase.recipe()
    let placements = try Placements().few()
    let expected = try recipe.train(on: placements[0])
    // An untrained or broken network would agree with itself too.
    #expect(Set(expected.losses).count == recipe.steps)
    for placement in placements.dropFirst() {
      let outcome = try recipe.train(on: placement)
      #expect(outcome == expected, "\(testCase.testDescription) on \(placement.name)")
    }
  }

  @Test("a checkpoint changes no bit of what is trained")
  func checkpoints() throws {
    let alone = try Placements().alone()
    let kept = try ModelCase.gpt(checkpointed: false).recipe().train(on: alone)
    #expect(try ModelCase.gpt(checkpointed: true).recipe().train(on: alone) == kept)
  }

  @Test("clipping takes part: another limit gives other weights")
  func clipping() throws {
    let alone = try Placements().alone()
    var recipe = try ModelCase.images[0].recipe()
    var hashes: Set<String> = []
    for limit in [nil, 0.1, 0.05] {
      recipe.optimizer.clipNorm = limit
      hashes.insert(try recipe.train(on: alone).weights)
    }
    #expect(hashes.count == 3)
  }
}
