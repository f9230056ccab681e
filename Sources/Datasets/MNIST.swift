/// MNIST's handwritten digits, read from the four files of the original distribution.
public enum MNIST {
  /// Reads the digits of a directory, which holds the four IDX files or only the `t10k` pair.
  ///
  /// Each file may be compressed with gzip. With all four, the `train` files train and `t10k` is
  /// held out. With the `t10k` pair alone, the first nine tenths of it train and the rest is held
  /// out.
  public static func load(directory: String) throws(DatasetError) -> TrainingData<LabelledImages> {
    try File.checkDirectory(directory)
    let hasTrainingFiles =
      find(.images, of: "train", in: directory) != nil
      || find(.labels, of: "train", in: directory) != nil
    guard hasTrainingFiles else { return try split(readPart("t10k", in: directory), directory) }
    let training = try readPart("train", in: directory)
    let heldOut = try readPart("t10k", in: directory)
    guard training.height == heldOut.height, training.width == heldOut.width else {
      throw DatasetError(
        file: directory,
        problem: "the train images are \(training.height) x \(training.width) and the t10k images "
          + "are \(heldOut.height) x \(heldOut.width)",
        remedy: "put the files of one dataset there")
    }
    return TrainingData(name: "MNIST", training: training, heldOut: heldOut)
  }

  private enum Content {
    case images, labels

    var name: String { self == .images ? "images" : "labels" }
    var dimensionCount: Int { self == .images ? 3 : 1 }
  }

  /// The names that the file may have, in the order in which they are looked for.
  private static func names(_ content: Content, of part: String) -> [String] {
    let stems = ["-", "."].map { "\(part)-\(content.name)\($0)idx\(content.dimensionCount)-ubyte" }
    return stems + stems.map { "\($0).gz" }
  }

  private static func find(_ content: Content, of part: String, in directory: String) -> String? {
    names(content, of: part).map { "\(directory)/\($0)" }.first(where: File.exists)
  }

  private static func read(
    _ content: Content, of part: String, in directory: String
  ) throws(DatasetError) -> (file: String, IDX) {
    guard let file = find(content, of: part, in: directory) else {
      throw DatasetError(
        file: directory,
        problem: "MNIST's \(part) \(content.name) are not there (looked for "
          + "\(names(content, of: part).joined(separator: ", ")))",
        remedy: "put the file there or give another directory")
    }
    var bytes = try File.read(file)
    // The content decides: some downloads are decompressed on the way and keep their name.
    if Gzip.isCompressed(bytes) { bytes = try Gzip.inflate(bytes, file: file) }
    return (file, try IDX(parsing: bytes, dimensionCount: content.dimensionCount, file: file))
  }

  /// The images and labels of `part`: "train" or "t10k".
  private static func readPart(
    _ part: String, in directory: String
  ) throws(DatasetError) -> LabelledImages {
    let (imagesFile, images) = try read(.images, of: part, in: directory)
    let (labelsFile, labels) = try read(.labels, of: part, in: directory)
    guard images.dimensions[0] == labels.dimensions[0] else {
      throw DatasetError(
        file: labelsFile,
        problem: "the file has \(labels.dimensions[0]) labels, and \(imagesFile) has "
          + "\(images.dimensions[0]) images",
        remedy: "put two files of one dataset there")
    }
    do {
      return try LabelledImages(
        height: images.dimensions[1], width: images.dimensions[2], channels: 1, classCount: 10,
        pixels: images.elements, labels: labels.elements)
    } catch {
      // The sizes agree by now: what is left is a label.
      throw DatasetError(file: labelsFile, problem: error.problem, remedy: error.remedy)
    }
  }

  /// The first nine tenths of `examples` train, the rest is held out.
  private static func split(
    _ examples: LabelledImages, _ directory: String
  ) throws(DatasetError) -> TrainingData<LabelledImages> {
    guard examples.count >= 2 else {
      throw DatasetError(
        file: directory, problem: "the t10k files hold \(examples.count) example",
        remedy: "give at least 2, so that one can be held out")
    }
    let trainingCount = examples.count * 9 / 10
    return TrainingData(
      name: "MNIST, t10k files only", training: examples.subset(0..<trainingCount),
      heldOut: examples.subset(trainingCount..<examples.count))
  }
}
