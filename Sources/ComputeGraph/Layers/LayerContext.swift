/// What a layer adds its nodes to: the graph so far, and where in the model the layer stands.
///
/// After an error the context is of no further use.
public struct LayerContext: Sendable {
  /// The graph so far.
  public internal(set) var graph: Graph
  /// What holds for the layer that is being added.
  var scope = Scope()
  /// One row for each layer that has been begun.
  var rows: [SummaryRow] = []

  init(_ graph: Graph) { self.graph = graph }

  /// Shape of a node's output for one example.
  public func shape(of node: NodeID) -> Shape { graph.nodes[node].shape }

  /// Adds layers one behind the other.
  ///
  /// - Parameters:
  ///   - layers: The layers inside the one that is being added.
  ///   - input: The node that the first of them reads.
  ///   - part: The word for this list, where a layer has several, such as `shortcut`.
  /// - Returns: The node whose output is the last layer's.
  /// - Throws: `GraphError` of the first layer that does not fit.
  public mutating func add(
    _ layers: [any Layer], behind input: NodeID, part: String? = nil
  ) throws(GraphError) -> NodeID {
    let outer = scope
    var node = input
    for (index, layer) in layers.enumerated() {
      enter(layer, position: index + 1, part: part, from: outer)
      node = try layer.add(to: &self, behind: node)
      finishRow(shape(of: node))
    }
    scope = outer
    return node
  }

  /// Adds each layer behind the same node.
  ///
  /// - Parameters:
  ///   - branches: The layers inside the one that is being added.
  ///   - input: The node that each of them reads.
  /// - Returns: The nodes whose outputs are theirs.
  /// - Throws: `GraphError` of the first layer that does not fit.
  public mutating func add(
    branches: [any Layer], behind input: NodeID
  ) throws(GraphError) -> [NodeID] {
    let outer = scope
    var nodes: [NodeID] = []
    for (index, layer) in branches.enumerated() {
      enter(layer, position: index + 1, part: nil, from: outer)
      nodes.append(try layer.add(to: &self, behind: input))
      finishRow(shape(of: nodes[index]))
    }
    scope = outer
    return nodes
  }

  /// Adds one node of the current layer.
  ///
  /// - Parameters:
  ///   - operation: What it computes.
  ///   - inputs: The nodes it reads.
  ///   - name: Part of its parameters' names behind the layer's, where a layer has several such nodes.
  /// - Returns: The new node.
  /// - Throws: `GraphError` that names the layer and its place in the model.
  public mutating func add(
    _ operation: any Operation, to inputs: [NodeID], name: String? = nil
  ) throws(GraphError) -> NodeID {
    try checkElements(operation, inputs)
    let prefix = (scope.names + [name ?? ""]).filter { !$0.isEmpty }.joined(separator: ".")
    let known = graph.parameters.count
    let node: NodeID
    do {
      node = try graph.add(
        operation, to: inputs, name: prefix.isEmpty ? operation.word : prefix,
        sharing: shared(operation, inputs, name: name))
    } catch {
      throw located(error)
    }
    for id in known..<graph.parameters.count {
      let suffix = graph.parameters[id].name.split(separator: ".").last.map(String.init) ?? ""
      if let value = scope.initialValues[suffix] { graph.setInitialValue(value, of: id) }
    }
    if let row = scope.row { rows[row].count(graph.nodes[node], of: graph, newFrom: known) }
    return node
  }

  /// The error of the current layer for inputs that it cannot take.
  public func error(_ problem: ShapeProblem, inputs: [NodeID]) -> GraphError {
    switch problem {
    case .expected(let expected):
      located(
        .shapeMismatch(layer: "", position: 0, expected: expected, actual: inputs.map(shape(of:))))
    case .invalid(let text): located(.invalidLayer(layer: "", position: 0, problem: text))
    }
  }

  func located(_ error: GraphError) -> GraphError {
    error.located(layer: scope.layer, position: scope.position, within: scope.within)
  }
}
