/// Index of a parameter in its graph.
public typealias ParameterID = Int

/// A trained tensor: its name, shape, and how it is initialised.
public struct Parameter: Sendable, Hashable {
  /// Name in saved files, such as `c1.weight`.
  public let name: String
  /// `[K, M]` for a linear weight, `[KH, KW, C, M]` for filters, `[M]` for a bias.
  public let shape: Shape
  /// Number of inputs that one output element sums over; sets the scale of the initial values.
  public let fanIn: Int

  /// A parameter of the given name and shape, `fanIn` of whose inputs meet in one output element.
  public init(name: String, shape: Shape, fanIn: Int) {
    self.name = name
    self.shape = shape
    self.fanIn = fanIn
  }

  /// Initial values are uniform between minus and plus this: √(6 / fanIn) for weights, which keeps the scale of
  /// activations through layers with ReLU (He et al., "Delving deep into rectifiers", ICCV 2015), and
  /// √(1 / fanIn) for biases.
  public var initialBound: Float { ((shape.rank > 1 ? 6 : 1) / Float(fanIn)).squareRoot() }

  /// Initial values.
  ///
  /// A function of the seed, the parameter's position in the graph and the element alone: Philox with the
  /// counter (element / 4, id, 0, stream of the initial values).
  public func initialValues(seed: UInt64, id: ParameterID) -> [Float] {
    let philox = Philox(seed: seed)
    let bound = initialBound
    return [Float](unsafeUninitializedCapacity: shape.count) { values, initialized in
      for block in 0..<(shape.count + 3) / 4 {
        let words = philox.block(
          SIMD4(UInt32(block), UInt32(id), 0, RandomStream.initialValues.rawValue))
        for lane in 0..<min(4, shape.count - 4 * block) {
          values[4 * block + lane] = (2 * Philox.unitFloat(words[lane]) - 1) * bound
        }
      }
      initialized = shape.count
    }
  }
}

/// What a random number is for: the last word of Philox's counter, so that no two uses share numbers.
public enum RandomStream: UInt32, Sendable {
  /// Initial values of parameters.
  case initialValues = 1
  /// The order of the examples in an epoch.
  case shuffle = 2
}
