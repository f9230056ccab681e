import Chorus
import TestSupport
import Testing

/// Replicas with kernels for processors and for graphics processors train to the same weights, alone and together.
@Suite(.serialized) struct VariantTrainingTests {
  @Test(
    "kernels for processors, for graphics processors, and both at once give the same SHA-256",
    arguments: runsLongTests ? ["perceptron", "gpt"] : ["perceptron"])
  func variants(_ name: String) throws {
    let recipe =
      name == "gpt"
      ? try ModelCase.gpt(checkpointed: false).recipe()
      : TestRecipe(
        graph: try Model.perceptron().graph(),
        source: DrawnDigits.make(seed: 7, trainingCount: 100, heldOutCount: 10).training,
        batch: 48, grain: 6, steps: 3)
    let devices = try testDevices().map(\.device)
    let alone = TestPlacement(
      name: "alone", participants: [Participant(device: devices[0], name: "0")])
    let expected = try recipe.train(on: alone) { $0.kernels = .cpu }
    #expect(Set(expected.losses).count == recipe.steps)
    for (index, device) in devices.enumerated() {
      let placement = TestPlacement(
        name: "device \(index)", participants: [Participant(device: device, name: "\(index)")])
      #expect(try recipe.train(on: placement) { $0.kernels = .gpu } == expected, "\(index)")
    }
    // The last device is the first one's twin where there is only one.
    let mixed = TestPlacement(
      name: "mixed",
      participants: [
        Participant(device: devices[0], name: "0", kernels: .cpu),
        Participant(device: devices[devices.count - 1], name: "1", kernels: .gpu),
      ], split: .fixed([1, 1]))
    #expect(try recipe.train(on: mixed) == expected)
  }
}
