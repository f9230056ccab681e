extension LayerContext {
  /// The parameters of an operation that are other layers', by position.
  func shared(
    _ operation: any Operation, _ inputs: [NodeID], name: String?
  ) throws(GraphError) -> [Int: ParameterID] {
    let shapes = inputs.map(shape(of:))
    // `Graph.add` reports inputs that do not fit.
    guard !scope.sharing.isEmpty, (try? operation.outputShape(of: shapes)) != nil else {
      return [:]
    }
    var missing = scope.sharing
    var ids: [Int: ParameterID] = [:]
    for (index, parameter) in operation.parameters(of: shapes).enumerated() {
      let own = (name.map { $0 + "." } ?? "") + parameter.name
      guard let other = missing.removeValue(forKey: own) else { continue }
      guard let id = graph.parameters.firstIndex(where: { $0.name == other }) else {
        throw .invalidSharing(
          layer: "", position: 0, problem: "no layer before it has a parameter '\(other)'")
      }
      ids[index] = id
    }
    // A layer of several nodes has the others in them.
    if let own = missing.keys.min(), name == nil {
      throw .invalidSharing(
        layer: "", position: 0, problem: "it has no parameter '\(own)' of its own")
    }
    return ids
  }

  /// Only an embedding reads tokens, and it reads nothing else.
  func checkElements(
    _ operation: any Operation, _ inputs: [NodeID]
  ) throws(GraphError) {
    if operation is Reshape { return }
    for input in inputs {
      var source = input
      while graph.nodes[source].operation is Reshape { source = graph.nodes[source].inputs[0] }
      let isTokens = source == 0 && graph.inputElement == .int
      if isTokens && !(operation is Embedding) {
        throw error(
          .invalid("its input is tokens, which only Embedding takes; put one before it"),
          inputs: inputs)
      }
      if !isTokens && operation is Embedding {
        throw error(
          .invalid("its input is numbers, but it takes tokens: Model(input:element: .int)"),
          inputs: inputs)
      }
    }
  }
}
