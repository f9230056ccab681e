import Chorus
import Foundation
import TestSupport
import Testing

/// What scripts/golden_losses.py wrote: PyTorch's losses in float64, and of what.
private struct GoldenLosses: Decodable {
  struct Network: Decodable {
    let seed: UInt64
    let examples: Int, batch: Int, grain: Int
    /// SHA-256 of the first weights.
    let weights: String
    let losses: [Double]
  }
  let networks: [String: Network]

  static func network(_ name: String) throws -> Network {
    let file = try #require(
      Bundle.module.url(forResource: "losses", withExtension: "json", subdirectory: "Golden"))
    let golden = try JSONDecoder().decode(GoldenLosses.self, from: Data(contentsOf: file))
    return try #require(golden.networks[name])
  }
}

/// The networks and optimizers of scripts/golden_losses.py.
private func network(_ name: String) -> (model: Model, optimizer: OptimizerSettings) {
  let model: Model
  var optimizer: OptimizerSettings
  switch name {
  case "perceptron":
    model = .perceptron()
    optimizer = OptimizerSettings(.sgd(), rate: 0.02)
    optimizer.weightDecay = 1e-4
  case "lenet":
    model = .lenet()
    optimizer = OptimizerSettings(.adam(), rate: 1e-4)
    optimizer.weightDecay = 1e-3
  case "resnet18":
    model = .resnet18(input: [32, 32, 3], classes: 10, stem: .cifar)
    // Twenty normalisations over few pixels magnify roundings: at a rate of 1e-4 PyTorch's own float32 already differs
    // from its float64 by 6.8e-5.
    optimizer = OptimizerSettings(.sgd(), rate: 3e-5)
    optimizer.weightDecay = 5e-4
  default:
    model = .gpt(vocabulary: 65, context: 64, layers: 4, heads: 4, width: 128)
    optimizer = OptimizerSettings(
      .adamW(beta2: 0.95), rate: 2e-3, schedule: Schedule(.cosine(), warmUpSteps: 5))
    optimizer.weightDecay = 0.1
    optimizer.clipNorm = 0.5
  }
  return (model, optimizer)
}

@Suite(.serialized) struct GoldenLossTests {
  @Test(
    "the losses of the first 20 steps agree with PyTorch to 1e-4",
    arguments: ["perceptron", "lenet", "resnet18", "gpt"])
  func losses(_ name: String) throws {
    let golden = try GoldenLosses.network(name)
    let (model, optimizer) = network(name)
    let graph = try model.graph()
    let logits = graph.nodes[graph.nodes[graph.lastNode].inputs[0]].shape
    let source = SyntheticExamples(
      count: golden.examples, seed: golden.seed, shape: model.input, element: model.element,
      targetShape: Shape(logits.dimensions.dropLast()),
      classCount: logits.dimensions[logits.rank - 1])
    let first = Weights(
      parameters: graph.parameters, values: graph.initialWeights(seed: golden.seed))
    #expect(first.sha256 == golden.weights, "the first weights differ")

    let recipe = TestRecipe(
      graph: graph, source: source, batch: golden.batch, grain: golden.grain,
      steps: golden.losses.count, seed: golden.seed, optimizer: optimizer)
    for placement in try Placements().devicesAndTogether() {
      let losses = try recipe.train(on: placement).losses
      let errors = zip(losses, golden.losses).map { abs($0 - $1) / $1 }
      let worst = errors.max() ?? .infinity
      print("\(name) on \(placement.name): losses differ by at most \(worst) of PyTorch's")
      #expect(losses.count == golden.losses.count)
      #expect(worst <= 1e-4, "\(name) on \(placement.name): \(errors)")
    }
  }
}
