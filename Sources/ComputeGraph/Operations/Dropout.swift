/// Zeroes elements with a probability in training, and scales the others so that the mean stays.
///
/// What is dropped is a function of the seed, the step, the example, the operation and the element: never of
/// where or with what others the example is computed.
public struct Dropout: Operation, Hashable {
  /// Share of the elements that are dropped, from 0 to below 1.
  public let probability: Float

  /// A dropout.
  public init(_ probability: Float) { self.probability = probability }

  /// The word in messages.
  public var word: String { "dropout" }

  /// The same shape.
  public func outputShape(of inputs: [Shape]) throws(ShapeProblem) -> Shape {
    guard probability >= 0, probability < 1 else {
      throw .invalid("probability \(probability) must be at least 0 and less than 1")
    }
    return inputs[0]
  }

  /// DROPOUT_PARAMETERS of tail.h for an output of `count` elements per example.
  func arguments(node: NodeID, count: Int) -> [Step.Argument] {
    [
      .keys, .run, .word(UInt32(node) << 8 | RandomStream.dropout.rawValue), .word(UInt32(count)),
      .word(UInt32((Double(probability) * 0x1p32).rounded())),
      .float(Float(1 / (1 - Double(probability)))),
    ]
  }

  /// A dropout on its own; most join the kernel before them.
  public func forward(_ f: inout ForwardContext) {
    // The plan has put the dropout itself into the tail.
    f.addElementwise()
  }

  /// Drops the same elements, whose words are drawn again.
  public func backward(_ b: inout BackwardContext) {
    let dx = b.addTensor(like: b.dy)
    let count = b.count(b.dy)
    b.add(
      Step(
        "elementwise_backward",
        [.output(dx), .input(b.dy), .examples(), .int(count)]
          + arguments(node: b.node, count: count),
        options: [Step.Option("TAIL_DROPOUT", 1)], workItems: b.elementwiseItems(b.dy)))
    b.pass(dx, toInput: 0)
  }
}
