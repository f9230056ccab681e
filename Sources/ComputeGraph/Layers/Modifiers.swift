/// A layer with another name, other first values, shared parameters or a checkpoint; made by the functions below.
public struct ModifiedLayer: Layer {
  let base: any Layer
  let change: Change

  enum Change: Sendable {
    case name(String)
    case initialValues([String: Parameter.InitialValue])
    case sharing(own: String, other: String)
    case checkpoint
  }

  /// The word of the layer itself.
  public var layerName: String { base.layerName }

  /// Adds the layer itself.
  public func add(
    to context: inout LayerContext, behind input: NodeID
  ) throws(GraphError) -> NodeID {
    switch change {
    case .name(let name):
      context.rename(name)
    case .initialValues(let values):
      // A modifier nearer to the layer comes later, and decides.
      context.scope.initialValues.merge(values) { _, inner in inner }
    case .sharing(let own, let other):
      context.scope.sharing[own] = other
    case .checkpoint:
      return try context.checkpoint { (context) throws(GraphError) in
        try base.add(to: &context, behind: input)
      }
    }
    return try base.add(to: &context, behind: input)
  }
}

extension Layer {
  /// The layer with its place in parameter names taken by `name`.
  ///
  /// `Embedding(65, width: 128).named("tokens")` has the parameter `tokens.weight`. The names of layers inside
  /// follow behind a point. An empty name leaves the layer out of the names of those inside.
  public func named(_ name: String) -> ModifiedLayer {
    ModifiedLayer(base: self, change: .name(name))
  }

  /// The layer with other first values for its weights and biases, and for those of layers inside.
  ///
  /// Scales and shifts of normalisations stay as they are. Of two such modifiers the one nearer to a layer
  /// decides.
  ///
  /// - Parameters:
  ///   - weights: First values of parameters called `weight`; nil leaves them as they are.
  ///   - biases: First values of parameters called `bias`; nil leaves them as they are.
  /// - Returns: The layer with these first values.
  public func initialized(
    weights: Parameter.InitialValue? = nil, biases: Parameter.InitialValue? = nil
  ) -> ModifiedLayer {
    var values: [String: Parameter.InitialValue] = [:]
    values["weight"] = weights
    values["bias"] = biases
    return ModifiedLayer(base: self, change: .initialValues(values))
  }

  /// The layer with one of its parameters taken from a layer before it; the gradients of both are added.
  ///
  /// - Parameters:
  ///   - own: The parameter of this layer.
  ///   - other: The full name of a parameter of the same shape, such as `tokens.weight`.
  /// - Returns: The layer without that parameter of its own.
  public func sharing(_ own: String = "weight", with other: String) -> ModifiedLayer {
    ModifiedLayer(base: self, change: .sharing(own: own, other: other))
  }

  /// The layer with its activations computed again in backward instead of kept, which changes no bit of a result.
  ///
  /// Unlike `Checkpoint { }` it takes no place in the names of parameters.
  public func checkpointed(_ isCheckpointed: Bool = true) -> any Layer {
    isCheckpointed ? ModifiedLayer(base: self, change: .checkpoint) : self
  }
}

extension Model {
  /// The model with other first values for its weights and biases, where no layer has its own.
  ///
  /// - Parameters:
  ///   - weights: First values of parameters called `weight`; nil leaves them as they are.
  ///   - biases: First values of parameters called `bias`; nil leaves them as they are.
  /// - Returns: The model with these first values.
  public func initialized(
    weights: Parameter.InitialValue? = nil, biases: Parameter.InitialValue? = nil
  ) -> Model {
    Model(
      input: input, element: element,
      layers: layers.map { $0.initialized(weights: weights, biases: biases) })
  }
}

extension Linear {
  /// The layer with the weight `[outputs, K]` of an embedding of `outputs` rows, as language models end.
  ///
  /// - Parameter other: The full name of that parameter, such as `tokens.weight`.
  /// - Returns: The layer without a weight of its own.
  public func tied(to other: String) -> ModifiedLayer {
    Linear(outputs: outputs, bias: bias, transposed: true).sharing("weight", with: other)
  }
}
