public import ComputeGraph

extension LabelledImages: ExampleSource {
  /// `[H, W, C]`.
  public var exampleShape: Shape { [height, width, channels] }

  /// Writes the examples at `indices` as floats in [0, 1], and their classes.
  public func gather(
    _ indices: ArraySlice<Int>, examples: UnsafeMutableRawBufferPointer,
    targets: UnsafeMutableRawBufferPointer
  ) {
    gather(
      indices, images: examples.bindMemory(to: Float.self),
      labels: targets.bindMemory(to: Int32.self))
  }
}
