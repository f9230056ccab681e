package import ComputeGraph
import Testing

/// One operation with small inputs: for finite differences, PyTorch, devices and memory checkers.
///
/// All values are functions of the seed, by Philox, and exact in single precision.
package struct OperationCase: Sendable, CustomTestStringConvertible {
  /// What it is, unique among the cases.
  package let name: String
  /// Shapes of the operation's inputs, per example: sizes that are all different and that nothing divides.
  package let inputs: [Shape]
  /// The operation.
  package let operation: any Operation
  /// Examples, no multiple of the grain.
  package var examples = 5
  /// Examples of a grain.
  package var grain = 3
  /// Training or evaluation.
  package var mode = PlanMode.training
  /// Largest error of a device's tensor, relative to its largest magnitude.
  package var tolerance = OperationCase.usualTolerance
  /// Decides all values.
  package var seed: UInt64 = 1

  /// A few roundings in single precision, of sums of small sizes.
  package static let usualTolerance = 1e-6

  package init(_ name: String, _ inputs: Shape..., operation: any Operation) {
    (self.name, self.inputs, self.operation) = (name, inputs, operation)
  }

  /// The same case with something changed.
  package func with<Value>(_ path: WritableKeyPath<OperationCase, Value>, _ value: Value) -> Self {
    var changed = self
    changed[keyPath: path] = value
    return changed
  }

  package var testDescription: String { name }

  /// Whether the input are tokens.
  package var takesTokens: Bool { operation is Embedding }

  /// Grain, mode and seed.
  package var setting: ReferenceSetting {
    var setting = ReferenceSetting(grain: grain)
    (setting.mode, setting.seed, setting.step) = (mode, seed, 5)
    return setting
  }
}

// The operation in a network.
extension OperationCase {
  /// A network around the operation: a linear layer before each input, so that its gradient is needed, and a loss
  /// behind it.
  package func graph() throws -> Graph {
    var graph = Graph(
      input: takesTokens ? inputs[0] : [7], element: takesTokens ? .int : .float)
    let sources =
      try takesTokens
      ? [0]
      : inputs.map { shape in
        let front = try graph.add(Linear(outputs: shape.count), to: [0])
        return shape.rank == 1 ? front : try graph.add(Reshape(shape), to: [front])
      }
    try graph.add(operation, to: sources, name: "operation")
    if !(operation is any LossOperation) { try graph.append(MeanSquaredError()) }
    return graph
  }

  /// The operation's node in `graph()`.
  package func node(of graph: Graph) -> NodeID {
    graph.lastNode - (operation is any LossOperation ? 0 : 1)
  }

  /// Values of all parameters of `graph()`; the operation's own are those of `parameters`.
  package func weights(_ graph: Graph) -> [[Float]] {
    let own = graph.nodes[node(of: graph)].parameters
    return graph.parameters.enumerated().map { id, parameter in
      guard let position = own.firstIndex(of: id) else {
        return parameter.initialValues(seed: seed, id: id)
      }
      return values(of: parameter, position)
    }
  }

  /// Examples of `graph()`, `[N, …]`; tokens are whole numbers.
  package var graphInputs: [Double] { takesTokens ? operands[0] : uniform(7 * examples, 10, 2) }

  /// Targets of `graph()`, `[N, …]`; class indices are whole numbers.
  package func graphTargets(_ graph: Graph) -> [Double] {
    let predictions = graph.nodes[graph.nodes[graph.lastNode].inputs[0]].shape
    switch graph.nodes[graph.lastNode].operation {
    case let loss as CrossEntropy:
      let count = examples * loss.target(of: predictions).shape.count
      let classes = UInt32(predictions.dimensions.last ?? 1)
      return words(count, 9).map { word in
        if let ignored = loss.ignoredIndex, (word >> 16) % 3 == 0 { return Double(ignored) }
        return Double(word % classes)
      }
    case is BinaryCrossEntropy:
      return words(examples * predictions.count, 9).map { Double(Philox.unitFloat($0)) }
    default: return uniform(examples * predictions.count, 9, 1)
    }
  }
}

// The operation alone.
extension OperationCase {
  /// A batch of each input of the operation.
  package var operands: [[Double]] {
    if let embedding = operation as? Embedding {
      return [words(examples * inputs[0].count, 0).map { Double($0 % UInt32(embedding.count)) }]
    }
    return inputs.enumerated().map { uniform(examples * $1.count, UInt32($0), 2) }
  }

  /// The operation's own parameters.
  package func parameters(_ graph: Graph) -> [[Double]] {
    graph.nodes[node(of: graph)].parameters.enumerated().map { position, id in
      values(of: graph.parameters[id], position).map(Double.init)
    }
  }

  /// A gradient of the operation's output.
  package func outputGradient(_ graph: Graph) -> [Double] {
    uniform(examples * graph.nodes[node(of: graph)].shape.count, 8, 1)
  }

  /// Targets, where the operation is a loss.
  package func operandTargets(_ graph: Graph) -> [Double] {
    operation is any LossOperation ? graphTargets(graph) : []
  }

  /// Scales and variances around 1, all else around 0.
  private func values(of parameter: Parameter, _ position: Int) -> [Float] {
    let words = words(parameter.shape.count, 16 + UInt32(position))
    let isPositive = ["scale", "running_variance"].contains { parameter.name.hasSuffix($0) }
    return words.map { Philox.unitFloat($0) + (isPositive ? 0.5 : -0.5) }
  }

  private func uniform(_ count: Int, _ second: UInt32, _ bound: Float) -> [Double] {
    words(count, second).map { Double((2 * Philox.unitFloat($0) - 1) * bound) }
  }

  /// Words of the stream that scripts/golden_operations.py draws too.
  private func words(_ count: Int, _ second: UInt32) -> [UInt32] {
    let philox = Philox(seed: seed)
    return (0..<(count + 3) / 4).flatMap { block in
      let words = philox.block(SIMD4(UInt32(block), second, 0, 1001))
      return (0..<min(4, count - 4 * block)).map { words[$0] }
    }
  }
}
