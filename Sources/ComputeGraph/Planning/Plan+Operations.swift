extension Plan {
  /// Floating-point operations of one example's forward and backward in matrix products and convolutions, an fma being
  /// two; what a checkpoint computes a second time does not count.
  ///
  /// Those that the operations define: a kernel may do fewer, as Winograd's filtering does.
  public var operationsPerExample: Int {
    let first = Set(forward.map(Product.init))
    let again = backward.filter { first.contains(Product($0)) }
    let all = forward + backward
    return all.reduce(0) { $0 + ($1.operationsPerExample ?? 0) }
      - again.reduce(0) { $0 + ($1.operationsPerExample ?? 0) }
  }

  /// What a step and its copy behind a checkpoint have in common: all but the tensors.
  private struct Product: Hashable {
    let kernel: String
    let options: [Step.Option]
    let weights: [ParameterID]
    let operations: Int?

    init(_ step: Step) {
      kernel = step.kernel
      options = step.options
      weights = step.arguments.compactMap { if case .weight(let id) = $0 { id } else { nil } }
      operations = step.operationsPerExample
    }
  }
}
