/// What one node of a graph computes, per example: its shape, its parameters, its kernels, its gradient.
///
/// One operation is one file, here and among the kernels.
public protocol Operation: Sendable {
  /// The word for this operation in messages and names.
  var word: String { get }

  /// How many inputs it takes.
  var arity: Int { get }

  /// Whether the kernel can end with a `Tail`.
  var fusesTail: Bool { get }

  /// The shape of the output for inputs of these shapes.
  ///
  /// - Throws: `ShapeProblem`, which the graph turns into an error that names the layer and its position.
  func outputShape(of inputs: [Shape]) throws(ShapeProblem) -> Shape

  /// The parameters for inputs that `outputShape` has accepted; names are suffixes such as `weight`.
  func parameters(of inputs: [Shape]) -> [Parameter]

  /// Floating-point operations of the forward pass of one example (an fma counts two).
  func forwardOperations(inputs: [Shape], output: Shape) -> Int

  /// Adds the forward steps.
  func forward(_ f: inout ForwardContext)

  /// Adds the backward steps: gradients of parameters first, because a bucket waits for them.
  func backward(_ b: inout BackwardContext)
}

extension Operation {
  /// One input.
  public var arity: Int { 1 }
  /// No tail.
  public var fusesTail: Bool { false }
  /// No parameters.
  public func parameters(of inputs: [Shape]) -> [Parameter] { [] }
  /// One operation per element.
  public func forwardOperations(inputs: [Shape], output: Shape) -> Int { output.count }
}

/// Why an operation cannot take its inputs.
public enum ShapeProblem: Error, Equatable {
  /// It takes something else; the text says what.
  case expected(String)
  /// A size of the operation is not usable; the text says which and why.
  case invalid(String)
}

/// An operation that ends a network: one loss per example, and how many predictions were right.
public protocol LossOperation: Operation {
  /// What the targets of an example are, for an input (logits, predictions) of shape `x`.
  func target(of x: Shape) -> (shape: Shape, element: Tensor.Element)
  /// Predictions that `correct` counts, of one example; tokens, for a language model.
  func predictions(of x: Shape) -> Int
}

/// The examples themselves.
struct Input: Operation {
  let shape: Shape
  var word: String { "input" }
  var arity: Int { 0 }
  func outputShape(of inputs: [Shape]) -> Shape { shape }
  func forward(_ f: inout ForwardContext) {}
  func backward(_ b: inout BackwardContext) {}
}
