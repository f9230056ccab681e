/// A function of each element.
public enum Activation: Operation, Hashable {
  /// `max(x, 0)`.
  case relu
  /// `x`, or `slope * x` below zero.
  case leakyReLU(slope: Float = 0.01)
  /// `x * Phi(x)`, with the error function.
  case gelu
  /// GELU's approximation by tanh.
  case geluTanh
  /// `x * sigmoid(x)`.
  case silu
  /// `1 / (1 + exp(-x))`.
  case sigmoid
  /// The hyperbolic tangent.
  case tanh
  /// `log(1 + exp(x))`.
  case softplus

  /// The word in messages.
  public var word: String {
    switch self {
    case .relu: "relu"
    case .leakyReLU: "leaky_relu"
    case .gelu: "gelu"
    case .geluTanh: "gelu_tanh"
    case .silu: "silu"
    case .sigmoid: "sigmoid"
    case .tanh: "tanh"
    case .softplus: "softplus"
    }
  }

  /// The number that activation.h knows it by.
  var code: Int {
    switch self {
    case .relu: 1
    case .leakyReLU: 2
    case .gelu: 3
    case .geluTanh: 4
    case .silu: 5
    case .sigmoid: 6
    case .tanh: 7
    case .softplus: 8
    }
  }

  /// The slope of leaky ReLU, as the bits of a float.
  var slopeOption: Step.Option? {
    guard case .leakyReLU(let slope) = self else { return nil }
    return Step.Option("LEAKY_SLOPE", Int(slope.bitPattern))
  }

  /// Options of the kernel that takes a gradient back through the activation.
  var gradientOptions: [Step.Option] {
    [Step.Option("GRADIENT_ACTIVATION", code)] + (slopeOption.map { [$0] } ?? [])
  }

  /// Whether the gradient is computed from the input, by the derivative that forward keeps, and not from the output.
  var gradientNeedsInput: Bool {
    switch self {
    case .relu, .leakyReLU, .sigmoid, .tanh: false
    case .gelu, .geluTanh, .silu, .softplus: true
    }
  }

  /// Whether the gradient can be computed from the input: for ReLUs only the sign matters, which both share.
  var gradientAcceptsInput: Bool {
    switch self {
    case .sigmoid, .tanh: false
    case .leakyReLU(let slope): slope >= 0
    default: true
    }
  }

  /// The same shape.
  public func outputShape(of inputs: [Shape]) throws(ShapeProblem) -> Shape {
    if case .leakyReLU(let slope) = self, !(slope >= 0 && slope.isFinite) {
      throw .invalid("slope \(slope) must be a number of at least 0")
    }
    return inputs[0]
  }

  /// An activation on its own; most join the kernel before them.
  public func forward(_ f: inout ForwardContext) {
    // The plan has put the activation itself into the tail.
    f.addElementwise()
  }

  /// The plan takes gradients back through activations, mostly in the kernel that makes them.
  public func backward(_ b: inout BackwardContext) {
    let dx = b.addTensor(like: b.dy)
    b.add(
      Step(
        "elementwise_backward",
        [.output(dx), .input(b.dy), .examples(), .int(b.count(b.dy)), .input(b.made)],
        options: gradientOptions, workItems: b.elementwiseItems(b.dy)))
    b.pass(dx, toInput: 0)
  }
}
