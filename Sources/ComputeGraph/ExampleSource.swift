/// Examples and what a network is to make of them, gathered by index from memory or from files.
public protocol ExampleSource: Sendable {
  /// Number of examples.
  var count: Int { get }
  /// Shape of one example, channels last, and what its elements are.
  var exampleShape: Shape { get }
  var exampleElement: Tensor.Element { get }
  /// Shape of one example's targets, `[]` for a class index, and what its elements are.
  var targetShape: Shape { get }
  var targetElement: Tensor.Element { get }
  /// Number of classes, or of tokens; every class index is less.
  var classCount: Int { get }
  /// Writes examples and their targets, in the order of `indices`.
  ///
  /// - Parameters:
  ///   - indices: Which examples, each less than `count`.
  ///   - examples: Room for `indices.count * exampleShape.count` elements of 4 bytes.
  ///   - targets: Room for `indices.count * targetShape.count` elements of 4 bytes.
  func gather(
    _ indices: ArraySlice<Int>, examples: UnsafeMutableRawBufferPointer,
    targets: UnsafeMutableRawBufferPointer)
}

extension ExampleSource {
  /// Pixels and other measured values.
  public var exampleElement: Tensor.Element { .float }
  /// One class index.
  public var targetShape: Shape { [] }
  /// Class indices.
  public var targetElement: Tensor.Element { .int }
}
