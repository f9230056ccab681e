package import ComputeGraph

extension Trainer {
  /// The mean gradient of the last step, by parameter, empty before the first; for tests.
  package func meanGradient(_ id: ParameterID, examples: Int) -> [Float] {
    engine.ledger.lastGradients?.parameter(id).map { $0 / Float(examples) } ?? []
  }
}
