/// Softmax over the last dimension, or its logarithm.
public struct Softmax: Operation, Hashable {
  /// Whether the logarithm is taken.
  public let logarithm: Bool

  /// A softmax.
  public init(logarithm: Bool = false) { self.logarithm = logarithm }

  /// The word in messages.
  public var word: String { logarithm ? "log_softmax" : "softmax" }

  /// The same shape.
  public func outputShape(of inputs: [Shape]) throws(ShapeProblem) -> Shape {
    guard inputs[0].rank > 0 else { throw .expected("at least one dimension [C]") }
    return inputs[0]
  }

  /// Maximum, exponential, sum and quotient of each element.
  public func forwardOperations(inputs: [Shape], output: Shape) -> Int { 5 * output.count }

  private func sizes(_ shape: Shape) -> (arguments: [Step.Argument], items: [Step.Extent]) {
    let c = shape.dimensions[shape.rank - 1]
    let rows = shape.count / c
    return ([.examples(), .int(rows), .int(c)], [.of(.perExample(rows), perItem: 4)])
  }

  /// One step.
  public func forward(_ f: inout ForwardContext) {
    let (arguments, items) = sizes(f.inputShape)
    f.add(
      Step("\(word)_forward", [.output(f.output), .input(f.x)] + arguments, workItems: items))
  }

  /// One step, from the output.
  public func backward(_ b: inout BackwardContext) {
    guard let target = b.target(input: 0) else { return }
    let (arguments, items) = sizes(b.inputShape)
    b.add(
      "\(word)_backward", target, [.input(b.dy), .input(b.y)] + arguments, workItems: items)
  }
}
