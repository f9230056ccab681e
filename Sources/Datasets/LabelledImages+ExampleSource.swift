public import ComputeGraph

extension LabelledImages: ExampleSource {
  /// `[H, W, C]`.
  public var exampleShape: Shape { [height, width, channels] }

  /// Writes the examples at `indices` as floats in [0, 1], and their classes.
  public func gather(
    _ indices: ArraySlice<Int>, examples: UnsafeMutableBufferPointer<Float>,
    labels: UnsafeMutableBufferPointer<Int32>
  ) {
    gather(indices, images: examples, labels: labels)
  }
}
