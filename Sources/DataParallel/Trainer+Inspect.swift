package import ComputeGraph

extension Trainer {
  /// The mean gradient of the last step, by parameter; for tests.
  package func meanGradient(_ id: ParameterID, examples: Int) -> [Float] {
    reducer.gradient(id).map { $0 / Float(examples) }
  }
}
