extension LabelledImages {
  /// The same images in the middle of larger ones, with zeros around them, and a grey channel repeated.
  ///
  /// - Parameters:
  ///   - height: New height in pixels, at least the present one.
  ///   - width: New width in pixels, at least the present one.
  ///   - channels: The present number of channels, or any where that is 1.
  /// - Returns: The larger images.
  /// - Throws: `DatasetError` where the images do not fit.
  public func fitted(
    height: Int, width: Int, channels: Int
  ) throws(DatasetError) -> LabelledImages {
    guard height >= self.height, width >= self.width,
      channels == self.channels || self.channels == 1
    else {
      throw DatasetError(
        problem: "images of \(self.height) x \(self.width) x \(self.channels) do not fit into"
          + " \(height) x \(width) x \(channels)",
        remedy: "give at least their size, and their channels or, for grey images, any number")
    }
    if (height, width, channels) == (self.height, self.width, self.channels) { return self }
    let (top, left) = ((height - self.height) / 2, (width - self.width) / 2)
    let size = height * width * channels
    var fitted = [UInt8](repeating: 0, count: count * size)
    for n in 0..<count {
      for h in 0..<self.height {
        for w in 0..<self.width {
          let from = n * exampleSize + (h * self.width + w) * self.channels
          let to = n * size + ((h + top) * width + w + left) * channels
          for c in 0..<channels { fitted[to + c] = pixels[from + (self.channels == 1 ? 0 : c)] }
        }
      }
    }
    return LabelledImages(
      height: height, width: width, channels: channels, classCount: classCount,
      trustedPixels: fitted, trustedLabels: labels)
  }
}

extension TrainingData<LabelledImages> {
  /// Both parts in images of another size; see `LabelledImages.fitted`.
  public func fitted(
    height: Int, width: Int, channels: Int
  ) throws(DatasetError) -> TrainingData<LabelledImages> {
    TrainingData(
      name: name,
      training: try training.fitted(height: height, width: width, channels: channels),
      heldOut: try heldOut.fitted(height: height, width: width, channels: channels))
  }
}
