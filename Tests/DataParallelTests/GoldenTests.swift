import Chorus
import Foundation
import TestSupport
import Testing

/// What scripts/golden.py wrote: PyTorch's loss and gradients of one step, in float64.
private struct Golden: Decodable {
  struct Gradient: Decodable {
    let largest: Double, squares: Double
    let stride: Int
    let samples: [Double]
  }
  let seed: UInt64
  let examples: Int
  let loss: Double
  let gradients: [String: Gradient]

  init(_ model: String) throws {
    let file = try #require(
      Bundle.module.url(forResource: model, withExtension: "json", subdirectory: "Golden"))
    self = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: file))
  }
}

/// The examples of scripts/golden.py: uniform pixels and classes drawn with Philox.
private func goldenExamples(_ golden: Golden) -> MemoryExamples {
  let philox = Philox(seed: golden.seed)
  func words(_ count: Int, _ second: UInt32) -> [UInt32] {
    (0..<count).map { philox.block(SIMD4(UInt32($0 / 4), second, 0, 1000))[$0 % 4] }
  }
  return MemoryExamples(
    shape: [28, 28, 1], classCount: 10,
    values: words(golden.examples * 784, 0).map(Philox.unitFloat),
    labels: words(golden.examples, 1).map { Int32($0 % 10) })
}

@Suite struct GoldenTests {
  @Test(
    "the gradients of one step agree with PyTorch to 1e-5 of each parameter's largest",
    arguments: ["perceptron", "lenet"])
  func gradients(_ model: String) throws {
    let golden = try Golden(model)
    let graph = try (model == "lenet" ? Model.lenet() : .perceptron()).graph()
    for device in try testDevices().map(\.device) {
      let configuration = try TrainerConfiguration(
        graph: graph, batch: golden.examples, grain: 8, steps: 1, seed: golden.seed,
        optimizer: OptimizerSettings(.sgd(), rate: 0.01))
      let trainer = try Trainer(
        configuration, source: goldenExamples(golden),
        participants: [Participant(device: device, name: device.name)])
      let report = try trainer.step()
      #expect(abs(report.loss - golden.loss) < 1e-6 * golden.loss)
      // The step's examples are a permutation of all of them, so the mean is the same.
      for (id, parameter) in graph.parameters.enumerated() {
        let expected = try #require(golden.gradients[parameter.name])
        let gradient = trainer.meanGradient(id, examples: golden.examples)
        for (index, sample) in expected.samples.enumerated() {
          let difference = abs(Double(gradient[index * expected.stride]) - sample)
          #expect(
            difference <= 1e-5 * expected.largest,
            "\(parameter.name)[\(index * expected.stride)] on \(device.name)")
        }
        let squares = gradient.reduce(0.0) { $0 + Double($1) * Double($1) }
        #expect(abs(squares - expected.squares) <= 1e-5 * expected.squares, "\(parameter.name)")
      }
    }
  }
}
