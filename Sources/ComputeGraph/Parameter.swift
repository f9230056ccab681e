/// Index of a parameter in its graph.
public typealias ParameterID = Int

/// A tensor that training changes: its name, shape, how it begins and how it is updated.
public struct Parameter: Sendable, Hashable {
  /// What the update does with it.
  public enum Role: Sendable, Hashable {
    /// Trained, and subject to weight decay.
    case weight
    /// A bias, or the scale or shift of a normalisation: trained, by default without weight decay.
    case bias
    /// The running statistic of a batch normalisation: the mean over the grains, averaged over steps.
    case statistic(momentum: Float)
  }

  /// The first values.
  public enum InitialValue: Sendable, Hashable {
    /// Uniform between minus and plus this.
    case uniform(bound: Float)
    /// Normal, with mean zero.
    case normal(deviation: Float)
    /// All the same.
    case constant(Float)
  }

  /// Name in saved files, such as `c1.weight`.
  public internal(set) var name: String
  /// `[K, M]` for a linear weight, `[KH, KW, C, M]` for filters, `[M]` for a bias.
  public let shape: Shape
  /// What the update does with it.
  public let role: Role
  /// The first values.
  public internal(set) var initialValue: InitialValue

  /// A parameter.
  public init(name: String, shape: Shape, role: Role, initialValue: InitialValue) {
    self.name = name
    self.shape = shape
    self.role = role
    self.initialValue = initialValue
  }

  /// A weight of which `fanIn` elements meet in one output element.
  ///
  /// Uniform within √(6 / fanIn), which keeps the scale of activations through layers with ReLU (He et al., "Delving
  /// deep into rectifiers", ICCV 2015).
  static func weight(_ shape: Shape, fanIn: Int, name: String = "weight") -> Parameter {
    Parameter(
      name: name, shape: shape, role: .weight,
      initialValue: .uniform(bound: (6 / Float(fanIn)).squareRoot()))
  }

  /// A bias beside such a weight, uniform within √(1 / fanIn).
  static func bias(_ shape: Shape, fanIn: Int, name: String = "bias") -> Parameter {
    Parameter(
      name: name, shape: shape, role: .bias,
      initialValue: .uniform(bound: (1 / Float(fanIn)).squareRoot()))
  }

  /// Whether the optimizer trains it.
  public var isTrained: Bool { if case .statistic = role { false } else { true } }

  /// Initial values.
  ///
  /// A function of the seed, the parameter's position in the graph and the element alone: Philox with the
  /// counter (element / 4, id, 0, stream of the initial values).
  public func initialValues(seed: UInt64, id: ParameterID) -> [Float] {
    switch initialValue {
    case .constant(let value):
      return Array(repeating: value, count: shape.count)
    case .uniform(let bound):
      return words(seed: seed, id: id).map { (2 * Philox.unitFloat($0) - 1) * bound }
    case .normal(let deviation):
      let normal = NormalValues(
        seed: seed, id: id, stream: RandomStream.initialValues.rawValue)
      return normal.values(count: shape.count, deviation: Double(deviation))
    }
  }

  private func words(seed: UInt64, id: ParameterID) -> [UInt32] {
    let philox = Philox(seed: seed)
    return [UInt32](unsafeUninitializedCapacity: shape.count) { values, initialized in
      for block in 0..<(shape.count + 3) / 4 {
        let words = philox.block(
          SIMD4(UInt32(block), UInt32(id), 0, RandomStream.initialValues.rawValue))
        for lane in 0..<min(4, shape.count - 4 * block) { values[4 * block + lane] = words[lane] }
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
  /// Which character a language model says next.
  case sampling = 4
  /// Which elements a dropout drops.
  case dropout = 3
}
