/// Labelled examples that can be gathered by index, from memory or from files.
public protocol ExampleSource: Sendable {
  /// Number of examples.
  var count: Int { get }
  /// Shape of one example, channels last.
  var exampleShape: Shape { get }
  /// Number of classes; every label is less.
  var classCount: Int { get }
  /// Writes examples and their classes, in the order of `indices`.
  ///
  /// - Parameters:
  ///   - indices: Which examples, each less than `count`.
  ///   - examples: Room for `indices.count * exampleShape.count` floats.
  ///   - labels: Room for `indices.count` classes.
  func gather(
    _ indices: ArraySlice<Int>, examples: UnsafeMutableBufferPointer<Float>,
    labels: UnsafeMutableBufferPointer<Int32>)
}
