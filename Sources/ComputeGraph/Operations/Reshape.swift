/// The same elements in another shape; moves nothing.
public struct Reshape: Operation, Hashable {
  /// The new shape; nil is one dimension.
  public let shape: Shape?

  /// The same elements as `shape`.
  public init(_ shape: Shape) { self.shape = shape }

  private init() { shape = nil }

  /// The same elements as one dimension.
  public static let flatten = Reshape()

  /// The word in messages.
  public var word: String { shape == nil ? "flatten" : "reshape" }

  /// The new shape.
  public func outputShape(of inputs: [Shape]) throws(ShapeProblem) -> Shape {
    guard let shape else { return [inputs[0].count] }
    guard shape.count == inputs[0].count, shape.dimensions.allSatisfy({ $0 > 0 }) else {
      throw .expected("as many elements as \(shape) has")
    }
    return shape
  }

  /// None.
  public func forwardOperations(inputs: [Shape], output: Shape) -> Int { 0 }

  // The plan looks through reshapes.
  /// No step: the plan looks through reshapes.
  public func forward(_ f: inout ForwardContext) {}
  /// No step either.
  public func backward(_ b: inout BackwardContext) {}
}
