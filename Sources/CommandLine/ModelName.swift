import ArgumentParser
import Chorus

/// The networks that `--model` names, with the defaults of their recipes.
enum ModelName: String, CaseIterable, ExpressibleByArgument, Encodable {
  case mlp, lenet

  func graph() throws -> Graph {
    switch self {
    case .mlp: try Graph.mlp()
    case .lenet: try Graph.lenet()
    }
  }

  /// Examples of a global batch.
  var batch: Int { self == .mlp ? 256 : 128 }

  /// Examples of a grain: an eighth of the batch, so that up to eight replicas can share a step.
  var grain: Int { batch / 8 }

  /// Learning rate of SGD with momentum 0.9.
  var learningRate: Float { self == .mlp ? 0.05 : 0.02 }
}
