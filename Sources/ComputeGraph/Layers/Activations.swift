extension Activation: Layer {
  /// The word of the layer, such as `ReLU`.
  public var layerName: String {
    switch self {
    case .relu: "ReLU"
    case .leakyReLU: "LeakyReLU"
    case .gelu, .geluTanh: "GELU"
    case .silu: "SiLU"
    case .sigmoid: "Sigmoid"
    case .tanh: "Tanh"
    case .softplus: "Softplus"
    }
  }
}

/// An activation by its name in models; the work is that of `Activation`.
public protocol ActivationLayer: Layer {
  /// The function.
  var activation: Activation { get }
}

extension ActivationLayer {
  /// The word of the function.
  public var layerName: String { activation.layerName }

  /// Adds the function.
  public func add(
    to context: inout LayerContext, behind input: NodeID
  ) throws(GraphError) -> NodeID {
    try activation.add(to: &context, behind: input)
  }
}

/// `max(x, 0)`.
public struct ReLU: ActivationLayer {
  /// The function.
  public var activation: Activation { .relu }
  /// The layer.
  public init() {}
}

/// `x`, or `slope * x` below zero.
public struct LeakyReLU: ActivationLayer {
  /// The function.
  public let activation: Activation
  /// The layer; the slope is at least 0.
  public init(slope: Float = 0.01) { activation = .leakyReLU(slope: slope) }
}

/// `x * Phi(x)`, by the error function or by its approximation with tanh.
public struct GELU: ActivationLayer {
  /// The function.
  public let activation: Activation
  /// The layer; GPT-2's own weights were trained with the approximation.
  public init(approximate: Bool = false) { activation = approximate ? .geluTanh : .gelu }
}

/// `x * sigmoid(x)`, also called swish.
public struct SiLU: ActivationLayer {
  /// The function.
  public var activation: Activation { .silu }
  /// The layer.
  public init() {}
}

/// `1 / (1 + exp(-x))`.
public struct Sigmoid: ActivationLayer {
  /// The function.
  public var activation: Activation { .sigmoid }
  /// The layer.
  public init() {}
}

/// The hyperbolic tangent.
public struct Tanh: ActivationLayer {
  /// The function.
  public var activation: Activation { .tanh }
  /// The layer.
  public init() {}
}

/// `log(1 + exp(x))`.
public struct Softplus: ActivationLayer {
  /// The function.
  public var activation: Activation { .softplus }
  /// The layer.
  public init() {}
}
