// N examples of H x W pixels with C channels.

/// Labelled images of one size: pixels in [0, 1], channels last, and a class per example.
public struct LabelledImages: Sendable {
  /// The height of every image in pixels, H.
  public let height: Int

  /// The width of every image in pixels, W.
  public let width: Int

  /// The count of channels, C: 1 for grey.
  public let channels: Int

  /// The count of classes; a label is less than this.
  public let classCount: Int

  /// Pixels, [N, H, W, C], 0…255: bytes, a quarter of the memory of floats.
  public let pixels: [UInt8]

  /// Classes, [N], each less than `classCount`.
  public let labels: [UInt8]

  /// The count of examples, N.
  public var count: Int { labels.count }

  /// The count of pixel values in one example, H * W * C.
  public var exampleSize: Int { height * width * channels }

  /// Checks that the sizes agree and that every label is a class.
  public init(
    height: Int, width: Int, channels: Int, classCount: Int, pixels: [UInt8], labels: [UInt8]
  ) throws(DatasetError) {
    guard height > 0, width > 0, channels > 0 else {
      throw DatasetError(
        problem: "images of \(height) x \(width) x \(channels) have no pixels",
        remedy: "give a height, a width and channels of at least 1")
    }
    guard (1...256).contains(classCount) else {
      throw DatasetError(
        problem: "\(classCount) classes cannot be labelled in a byte",
        remedy: "give 1 to 256 classes")
    }
    var expected = labels.count
    for size in [height, width, channels] {
      let (product, overflow) = expected.multipliedReportingOverflow(by: size)
      expected = overflow ? .max : product
    }
    guard pixels.count == expected else {
      throw DatasetError(
        problem: "\(labels.count) labels and images of \(height) x \(width) x \(channels) need "
          + "\(expected) pixel values, and there are \(pixels.count)",
        remedy: "give one label for each image")
    }
    if let index = labels.firstIndex(where: { $0 >= classCount }) {
      throw DatasetError(
        problem: "label \(index) is \(labels[index]), which is not less than the \(classCount) "
          + "classes",
        remedy: "check that the labels belong to this dataset")
    }
    self.init(
      height: height, width: width, channels: channels, classCount: classCount,
      trustedPixels: pixels, trustedLabels: labels)
  }

  /// Takes what is known to hold the checks of the public initializer.
  init(
    height: Int, width: Int, channels: Int, classCount: Int,
    trustedPixels: [UInt8], trustedLabels: [UInt8]
  ) {
    self.height = height
    self.width = width
    self.channels = channels
    self.classCount = classCount
    self.pixels = trustedPixels
    self.labels = trustedLabels
  }

  /// Writes the examples at `indices` as floats, pixel / 255, and their classes.
  ///
  /// `images` holds at least [indices.count, H, W, C] and `labels` at least [indices.count]; what
  /// lies behind is left alone.
  public func gather(
    _ indices: some Collection<Int>,
    images: UnsafeMutableBufferPointer<Float>,  // [indices.count, H, W, C]
    labels: UnsafeMutableBufferPointer<Int32>  // [indices.count]
  ) {
    let size = exampleSize
    precondition(images.count >= indices.count * size, "images has no room for the examples")
    precondition(labels.count >= indices.count, "labels has no room for the examples")
    pixels.withUnsafeBufferPointer { pixels in
      for (row, index) in indices.enumerated() {
        precondition(index >= 0 && index < count, "example \(index) of \(count)")
        for offset in 0..<size {
          // A true division: a product with 1 / 255 would round twice.
          images[row * size + offset] = Float(pixels[index * size + offset]) / 255
        }
        labels[row] = Int32(self.labels[index])
      }
    }
  }

  /// The examples of `range`, which lies in 0..<count.
  public func subset(_ range: Range<Int>) -> LabelledImages {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= count, "examples \(range) of \(count)")
    let size = exampleSize
    return LabelledImages(
      height: height, width: width, channels: channels, classCount: classCount,
      trustedPixels: Array(pixels[range.lowerBound * size..<range.upperBound * size]),
      trustedLabels: Array(labels[range]))
  }
}
