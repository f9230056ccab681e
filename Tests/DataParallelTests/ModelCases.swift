import Chorus
import Testing

/// A model of the library and a recipe that uses as much of the library as it can.
struct ModelCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let model: Model
  let optimizer: OptimizerSettings
  var steps = 3

  /// Clipping is always on, at a norm that gradients exceed.
  init(
    _ description: String, _ model: Model, _ rule: Optimizer, rate: Double,
    schedule: Schedule = Schedule(), decay: Double = 0.01, average: Double? = nil, steps: Int = 3
  ) {
    testDescription = description
    self.model = model
    var optimizer = OptimizerSettings(rule, rate: rate, schedule: schedule)
    (optimizer.weightDecay, optimizer.averageDecay) = (decay, average)
    optimizer.clipNorm = 0.1
    self.optimizer = optimizer
    self.steps = steps
  }

  /// Seven examples in four grains, the last of one example; each step takes all in another order.
  ///
  /// - Returns: The recipe.
  /// - Throws: `GraphError`.
  func recipe() throws -> TestRecipe {
    let graph = try model.graph()
    let logits = graph.nodes[graph.nodes[graph.lastNode].inputs[0]].shape
    let source = SyntheticExamples(
      count: 7, seed: 11, shape: model.input, element: model.element,
      targetShape: Shape(logits.dimensions.dropLast()),
      classCount: logits.dimensions[logits.rank - 1])
    return TestRecipe(graph: graph, source: source, steps: steps, optimizer: optimizer)
  }
}

extension ModelCase {
  /// Networks for images, at the sizes that leave the last stage 2 x 2 pixels.
  static let images: [ModelCase] = [
    ModelCase(
      "perceptron with dropout", .perceptron(dropout: 0.25), .sgd(), rate: 0.05, average: 0.9),
    ModelCase("LeNet", .lenet(), .adam(), rate: 1e-3),
    ModelCase(
      "ResNet-18, CIFAR stem", .resnet18(input: [16, 16, 3], classes: 10, stem: .cifar),
      .sgd(nesterov: true), rate: 0.05, schedule: Schedule(.cosine(), warmUpSteps: 1),
      average: 0.9),
    ModelCase(
      "ResNet-18, ImageNet stem", .resnet18(input: [64, 64, 3], classes: 1000), .lion(),
      rate: 1e-4),
    ModelCase(
      "ResNet-34, CIFAR stem", .resnet34(input: [16, 16, 3], classes: 10, stem: .cifar), .adamW(),
      rate: 1e-3, steps: 2),
    ModelCase(
      "ResNet-34, ImageNet stem", .resnet34(input: [64, 64, 3], classes: 1000), .sgd(), rate: 0.05,
      steps: 2),
    ModelCase(
      "ResNet-50, CIFAR stem", .resnet50(input: [16, 16, 3], classes: 10, stem: .cifar), .sgd(),
      rate: 0.05, steps: 2),
    ModelCase(
      "ResNet-50, ImageNet stem", .resnet50(input: [64, 64, 3], classes: 1000), .lion(),
      rate: 1e-4, steps: 2),
    ModelCase(
      "MobileNetV2", .mobileNetV2(input: [64, 64, 3]), .sgd(), rate: 0.05, average: 0.99),
    ModelCase(
      "ViT-Tiny", .vitTiny(input: [16, 16, 3], classes: 10, patch: 4), .adamW(), rate: 1e-3,
      schedule: Schedule(.cosine(), warmUpSteps: 2)),
    ModelCase(
      "vision transformer with dropout, checkpointed",
      .visionTransformer(
        input: [12, 20, 3], classes: 10, patch: 4, layers: 2, heads: 3, width: 48, dropout: 0.1,
        checkpointed: true), .adamW(), rate: 1e-3),
  ]

  /// Language models.
  static let languages: [ModelCase] = [
    gpt(checkpointed: false), gpt(checkpointed: true),
    ModelCase(
      "GPT with rotary positions, shared key and value heads, RMS norms, no tie",
      .gpt(
        vocabulary: 211, context: 33, layers: 2, heads: 6, width: 96, dropout: 0.1,
        keyValueHeads: 2, positions: .rotary, norm: .rms, activation: .silu, tied: false),
      .lion(), rate: 1e-4),
    ModelCase(
      "GPT-2 with 2 of its 12 layers, narrow",
      .gpt(
        vocabulary: 211, context: 32, layers: 2, heads: 12, width: 96, activation: .geluTanh,
        scaledResiduals: true), .adamW(beta2: 0.95), rate: 1e-3,
      schedule: Schedule(.cosine(minimum: 1e-4), warmUpSteps: 1), decay: 0.1),
  ]

  /// A tied GPT with dropout, with or without its blocks in checkpoints.
  static func gpt(checkpointed: Bool) -> ModelCase {
    ModelCase(
      "GPT with dropout\(checkpointed ? ", checkpointed" : "")",
      .gpt(
        vocabulary: 65, context: 40, layers: 3, heads: 4, width: 64, dropout: 0.2,
        checkpointed: checkpointed), .adamW(), rate: 1e-3, average: 0.9)
  }
}
