package import ComputeGraph

/// The small networks of the self-test; together they run every kernel.
package enum SelfTestCase: String, CaseIterable, Sendable {
  /// Linear layers, convolutions and max pooling: what lenet and the perceptron need.
  case convolution
  /// Batch normalisation, strides, a shortcut: what a ResNet needs.
  case residual
  /// Tokens, positions, normalisations of rows, attention, dropout: what a GPT needs.
  case transformer
  /// Depthwise convolution, group normalisation, average pooling, binary cross-entropy.
  case images
  /// Slices, products of tensors, softmaxes, transposition, sums over dimensions, a regression.
  case moves
  /// Every optimizer, and the moving average.
  case updates

  /// One network of a case, and how it is updated.
  package struct Network {
    let graph: Graph
    let optimizer: Optimizer
    let keepsAverages: Bool

    /// A network.
    package init(graph: Graph, optimizer: Optimizer, keepsAverages: Bool = false) {
      self.graph = graph
      self.optimizer = optimizer
      self.keepsAverages = keepsAverages
    }
  }

  /// The networks, which run one after the other.
  package var networks: [Network] {
    get throws {
      switch self {
      case .convolution: [Network(graph: try Self.convolutional(), optimizer: .sgd())]
      case .residual: [Network(graph: try Self.shortcut(), optimizer: .sgd())]
      case .transformer: [Network(graph: try Self.languageModel(), optimizer: .adamW())]
      case .images: [Network(graph: try Self.depthwise(), optimizer: .sgd())]
      case .moves: [Network(graph: try Self.branches(), optimizer: .sgd())]
      case .updates:
        try [.sgd(nesterov: true), .adam(), .lion()].map {
          Network(graph: try Self.perceptron(), optimizer: $0, keepsAverages: true)
        }
      }
    }
  }

  /// The kernels that the case runs.
  package var kernels: Set<String> {
    var kernels: Set<String> = []
    for network in (try? networks) ?? [] {
      guard let plan = try? Plan(network.graph) else { continue }
      let steps = plan.prologue + plan.forward + plan.evaluation + plan.backward
      kernels.formUnion(steps.map(\.kernel))
      kernels.insert(network.optimizer.kernel)
      if !network.graph.parameters.allSatisfy(\.isTrained) { kernels.insert("statistic_update") }
      if network.keepsAverages { kernels.insert("average_update") }
    }
    return kernels
  }

  /// Cases that together run all of `kernels`; all cases for nil.
  package static func covering(_ kernels: Set<String>?) -> [SelfTestCase] {
    guard var missing = kernels else { return allCases }
    var chosen: [SelfTestCase] = []
    // Most of what is missing first: most of a case's time goes into compiling kernels.
    let covered = allCases.map { ($0, $0.kernels) }
    while let (best, found) = covered.max(by: {
      $0.1.intersection(missing).count < $1.1.intersection(missing).count
    }), !found.isDisjoint(with: missing) {
      chosen.append(best)
      missing.subtract(found)
    }
    return chosen
  }
}
