/// What is wrong with a network: which layer, where, and both shapes.
///
/// In a graph built node by node, `layer` is the operation's word and `position` its node. In a `Model`, `layer` is
/// the word of the source text, such as `BatchNorm`, `position` counts from 1 among its neighbours, and `within`
/// lists the layers around it, outermost first.
public enum GraphError: Error, Equatable, CustomStringConvertible {
  /// The layer cannot take inputs of these shapes; `expected` says what it takes.
  case shapeMismatch(
    layer: String, position: Int, expected: String, actual: [Shape], within: [LayerPosition] = [])
  /// A size of the layer is not usable; `problem` says which and why.
  case invalidLayer(
    layer: String, position: Int, problem: String, within: [LayerPosition] = [])
  /// Two layers with parameters have the same name.
  case duplicateName(String)
  /// A layer shares a parameter that is not there, or has another shape.
  case invalidSharing(
    layer: String, position: Int, problem: String, within: [LayerPosition] = [])

  /// One sentence.
  public var description: String {
    switch self {
    case .shapeMismatch(let layer, let position, let expected, let actual, let within):
      Self.place(layer, position, within) + " takes \(expected), but its input is "
        + actual.map(\.description).joined(separator: " and ")
    case .invalidLayer(let layer, let position, let problem, let within):
      Self.place(layer, position, within) + ": \(problem)"
    case .duplicateName(let name):
      "two layers are named '\(name)'; parameters are saved by name, so give each its own"
    case .invalidSharing(let layer, let position, let problem, let within):
      Self.place(layer, position, within) + " shares a parameter: \(problem)"
    }
  }

  private static func place(_ layer: String, _ position: Int, _ within: [LayerPosition]) -> String {
    (within + [.layer(layer, position)]).map(\.description).joined(separator: ", ")
  }

  /// The same error, said of a layer of a model.
  func located(layer: String, position: Int, within: [LayerPosition]) -> GraphError {
    switch self {
    case .shapeMismatch(_, _, let expected, let actual, _):
      .shapeMismatch(
        layer: layer, position: position, expected: expected, actual: actual, within: within)
    case .invalidLayer(_, _, let problem, _):
      .invalidLayer(layer: layer, position: position, problem: problem, within: within)
    case .duplicateName: self
    case .invalidSharing(_, _, let problem, _):
      .invalidSharing(layer: layer, position: position, problem: problem, within: within)
    }
  }
}

/// One step on the way from a model to one of its layers.
public enum LayerPosition: Sendable, Hashable, CustomStringConvertible {
  /// A layer by its word, and its position among its neighbours, from 1.
  case layer(String, Int)
  /// A part of a layer with several lists of layers, such as the shortcut of a residual.
  case part(String)

  /// `layer 4 (Residual)`.
  public var description: String {
    switch self {
    case .layer(let word, let position): "layer \(position) (\(word))"
    case .part(let word): word
    }
  }
}
