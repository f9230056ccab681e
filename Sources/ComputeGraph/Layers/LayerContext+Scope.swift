extension LayerContext {
  /// The place of a layer, and what the modifiers around it have set.
  struct Scope: Sendable {
    /// The layers around it.
    var within: [LayerPosition] = []
    var layer = "Model"
    var position = 0
    /// Parts of the parameters' names; empty ones are left out.
    var names: [String] = []
    /// First values by the last part of a parameter's name; they hold for layers inside, too.
    var initialValues: [String: Parameter.InitialValue] = [:]
    /// Full names of the parameters that take the place of the layer's own.
    var sharing: [String: String] = [:]
    var isCheckpointed = false
    var row: Int?
  }

  /// Nodes added by `body` are computed again in backward. A checkpoint inside another changes nothing.
  mutating func checkpoint(
    _ body: (inout LayerContext) throws(GraphError) -> NodeID
  ) throws(GraphError) -> NodeID {
    guard !scope.isCheckpointed else { return try body(&self) }
    scope.isCheckpointed = true
    graph.beginCheckpoint()
    let node = try body(&self)
    graph.endCheckpoint()
    scope.isCheckpointed = false
    return node
  }

  /// The last part of the current layer's names.
  mutating func rename(_ name: String) {
    scope.names[scope.names.count - 1] = name
    if let row = scope.row { rows[row].name = name }
  }

  /// Makes a layer the current one.
  mutating func enter(
    _ layer: any Layer, position: Int, part: String?, from outer: Scope
  ) {
    let word = layer.layerName
    scope = outer
    if outer.position > 0 { scope.within.append(.layer(outer.layer, outer.position)) }
    if let part { scope.within.append(.part(part)) }
    scope.layer = word
    scope.position = position
    scope.names.append((part.map { $0 + "." } ?? "") + word.lowercased() + String(position))
    scope.sharing = [:]
    scope.row = rows.count
    rows.append(
      SummaryRow(depth: outer.names.count, position: position, layer: word, part: part))
  }

  /// Ends the line of the current layer in the summary.
  mutating func finishRow(_ shape: Shape) {
    if let row = scope.row { rows[row].shape = shape }
  }
}
