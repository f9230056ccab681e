/// What is wrong with a network: which layer, where, and both shapes.
public enum GraphError: Error, Equatable, CustomStringConvertible {
  /// The layer cannot take an input of this shape; `expected` says what it takes.
  case shapeMismatch(layer: String, position: Int, expected: String, actual: Shape)
  /// A size of the layer is not usable; `problem` says which and why.
  case invalidLayer(layer: String, position: Int, problem: String)
  /// Two layers with parameters have the same name.
  case duplicateName(String)

  /// One sentence.
  public var description: String {
    switch self {
    case .shapeMismatch(let layer, let position, let expected, let actual):
      "layer \(position) (\(layer)) takes \(expected), but its input is \(actual)"
    case .invalidLayer(let layer, let position, let problem):
      "layer \(position) (\(layer)): \(problem)"
    case .duplicateName(let name):
      "two layers are named '\(name)'; parameters are saved by name, so give each its own"
    }
  }
}
