/// The sum of two tensors of the same shape, such as a block and its shortcut.
public struct Add: Operation, Hashable {
  /// A sum.
  public init() {}

  /// The word in messages.
  public var word: String { "add" }
  /// Two inputs.
  public var arity: Int { 2 }

  /// The same shape.
  public func outputShape(of inputs: [Shape]) throws(ShapeProblem) -> Shape {
    guard inputs[0] == inputs[1] else { throw .expected("two inputs of the same shape") }
    return inputs[0]
  }

  /// A sum on its own; most join the kernel before them.
  public func forward(_ f: inout ForwardContext) {
    // The plan has put the second input into the tail.
    f.addElementwise()
  }

  /// The gradient goes to both inputs as it is.
  public func backward(_ b: inout BackwardContext) {
    b.pass(b.dy, toInput: 0)
    b.pass(b.dy, toInput: 1)
  }
}
