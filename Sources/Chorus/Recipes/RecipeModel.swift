public import ComputeGraph
import DataParallel
public import Recipes

extension ModelRecipe {
  /// The network that the recipe describes, without its loss.
  ///
  /// - Parameters:
  ///   - input: Shape of an example.
  ///   - classes: Classes, or tokens, that the network tells apart.
  /// - Returns: The model.
  /// - Throws: `TrainingError.invalidConfiguration`, for an option that this network does not have.
  public func model(input: Shape, classes: Int) throws -> Model {
    let dropout = Float(dropout)
    switch architecture {
    case .perceptron(let widths):
      try refuse(checkpoint, "checkpoint")
      return .perceptron(input: input, classes: classes, widths: widths, dropout: dropout)
    case .lenet:
      try refuse(checkpoint, "checkpoint")
      return .lenet(input: input, classes: classes, dropout: dropout)
    case .resnet(let depth, let stem):
      try refuse(dropout > 0, "dropout")
      switch depth {
      case .layers18:
        return .resnet18(input: input, classes: classes, stem: stem, checkpointed: checkpoint)
      case .layers34:
        return .resnet34(input: input, classes: classes, stem: stem, checkpointed: checkpoint)
      case .layers50:
        return .resnet50(input: input, classes: classes, stem: stem, checkpointed: checkpoint)
      }
    case .mobileNetV2(let stem, let width):
      return .mobileNetV2(
        input: input, classes: classes, widthMultiplier: width, dropout: dropout, stem: stem,
        checkpointed: checkpoint)
    case .gpt(let gpt):
      return .gpt(
        vocabulary: classes, context: gpt.context, layers: gpt.layers, heads: gpt.heads,
        width: gpt.width, dropout: dropout, keyValueHeads: gpt.keyValueHeads,
        positions: gpt.positions, norm: gpt.norm,
        activation: gpt.activation == .gelu ? .gelu : .geluTanh, tied: gpt.isTied,
        checkpointed: checkpoint)
    case .vit(let vit):
      return .visionTransformer(
        input: input, classes: classes, patch: vit.patch, layers: vit.layers, heads: vit.heads,
        width: vit.width, dropout: dropout, checkpointed: checkpoint)
    }
  }

  private func refuse(_ isSet: Bool, _ key: String) throws {
    guard isSet else { return }
    throw TrainingError.invalidConfiguration(
      "model.\(key) is not used by \(name.rawValue); remove it from the recipe")
  }
}
