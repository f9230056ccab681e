/// Layers one behind the other as one layer.
public struct Group: Layer {
  let layers: [any Layer]

  /// A layer of these layers.
  public init(@LayerBuilder _ layers: () -> [any Layer]) { self.layers = layers() }

  /// A layer of these layers.
  public init(_ layers: [any Layer]) { self.layers = layers }

  /// Adds its layers.
  public func add(
    to context: inout LayerContext, behind input: NodeID
  ) throws(GraphError) -> NodeID {
    try context.add(layers, behind: input)
  }
}

/// Layers whose activations are computed again in backward instead of kept, which changes no bit of a result.
///
/// Only what goes in and what comes out stays in memory between forward and backward (Chen et al., "Training deep
/// nets with sublinear memory cost", 2016).
public struct Checkpoint: Layer {
  let layers: [any Layer]

  /// A checkpoint around these layers.
  public init(@LayerBuilder _ layers: () -> [any Layer]) { self.layers = layers() }

  /// Adds its layers.
  public func add(
    to context: inout LayerContext, behind input: NodeID
  ) throws(GraphError) -> NodeID {
    try context.checkpoint { (context) throws(GraphError) in
      try context.add(layers, behind: input)
    }
  }
}

/// `layers(x) + x`, or `layers(x) + shortcut(x)` (He et al., "Deep residual learning", CVPR 2016).
public struct Residual: Layer {
  let layers: [any Layer]
  let shortcut: [any Layer]

  /// A sum of two ways; without a shortcut, `layers` keep the shape.
  ///
  /// - Parameters:
  ///   - layers: The way with the layers.
  ///   - shortcut: The other way; nothing by default.
  public init(
    @LayerBuilder _ layers: () -> [any Layer],
    @LayerBuilder shortcut: () -> [any Layer] = { [] }
  ) {
    self.layers = layers()
    self.shortcut = shortcut()
  }

  /// Adds both ways, and their sum.
  public func add(
    to context: inout LayerContext, behind input: NodeID
  ) throws(GraphError) -> NodeID {
    let body = try context.add(layers, behind: input)
    let other = try context.add(shortcut, behind: input, part: "shortcut")
    let (left, right) = (context.shape(of: body), context.shape(of: other))
    guard left == right else {
      let advice = shortcut.isEmpty ? "its input is" : "its shortcut gives"
      throw context.error(
        .invalid("its layers give \(left), but \(advice) \(right), and the two are added"),
        inputs: [input])
    }
    return try context.add(Add(), to: [body, other])
  }
}

/// Branches that read the same input, and whose outputs are put side by side.
///
/// Each statement is a branch; `Group { }` makes one of several layers, an empty one passes the input through.
public struct Branches: Layer {
  let axis: Int?
  let branches: [any Layer]

  /// A concatenation.
  ///
  /// - Parameters:
  ///   - axis: The dimension along which the outputs lie side by side; the last (channels) by default.
  ///   - branches: The branches, one a statement.
  public init(axis: Int? = nil, @LayerBuilder _ branches: () -> [any Layer]) {
    self.axis = axis
    self.branches = branches()
  }

  /// Adds its branches, and their concatenation.
  public func add(
    to context: inout LayerContext, behind input: NodeID
  ) throws(GraphError) -> NodeID {
    let outputs = try context.add(branches: branches, behind: input)
    guard let first = outputs.first else {
      throw context.error(.invalid("it has no branch"), inputs: [input])
    }
    guard outputs.count > 1 else { return first }
    let axis = axis ?? context.shape(of: first).rank - 1
    return try context.add(Concatenate(axis: axis, count: outputs.count), to: outputs)
  }
}
