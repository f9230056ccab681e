import Datasets
import FoundationEssentials
import Testing

@Suite("MNIST")
struct MNISTTests {
  /// `count` images of 2 x 3 pixels and their labels 0, 1, … 9, 0, …; `shade` marks the images.
  private static func pair(count: Int, shade: UInt8) -> (images: [UInt8], labels: [UInt8]) {
    let pixels = [UInt8](repeating: shade, count: count * 6)
    return (
      idx([UInt32(count), 2, 3], pixels), idx([UInt32(count)], (0..<count).map { UInt8($0 % 10) })
    )
  }

  /// A directory with a small t10k pair.
  private static func small(count: Int = 20) throws -> TemporaryDirectory {
    let directory = try TemporaryDirectory()
    let (images, labels) = pair(count: count, shade: 9)
    try directory.write(images, to: "t10k-images-idx3-ubyte")
    try directory.write(labels, to: "t10k-labels-idx1-ubyte")
    return directory
  }

  private func expectError(
    _ directory: TemporaryDirectory, holding parts: String...,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    DatasetsTests.expectError(holding: parts, sourceLocation: sourceLocation) {
      _ = try MNIST.load(directory: directory.path)
    }
  }

  @Test("of the t10k pair alone nine tenths train and the last tenth is held out")
  func pairAlone() throws {
    let directory = try Self.small()
    let data = try MNIST.load(directory: directory.path)
    #expect(data.training.count == 18 && data.heldOut.count == 2)
    #expect(data.training.height == 2 && data.training.width == 3)
    #expect(data.training.channels == 1 && data.training.classCount == 10)
    #expect(data.heldOut.labels == [8, 9])
  }

  @Test("with four files train trains and t10k is held out, compressed or not, in both spellings")
  func fourFiles() throws {
    let directory = try TemporaryDirectory()
    let train = Self.pair(count: 12, shade: 1)
    let t10k = Self.pair(count: 5, shade: 2)
    try directory.write(train.images, to: "train-images.idx3-ubyte")
    try directory.write(gzip(train.labels), to: "train-labels-idx1-ubyte.gz")
    try directory.write(gzip(t10k.images), to: "t10k-images.idx3-ubyte.gz")
    try directory.write(t10k.labels, to: "t10k-labels-idx1-ubyte")
    let data = try MNIST.load(directory: directory.path)
    #expect(data.name == "MNIST")
    #expect(data.training.count == 12 && data.training.pixels.allSatisfy { $0 == 1 })
    #expect(data.heldOut.count == 5 && data.heldOut.pixels.allSatisfy { $0 == 2 })
  }

  @Test("a file that keeps the name .gz after decompression is read")
  func decompressedOnTheWay() throws {
    let directory = try TemporaryDirectory()
    let (images, labels) = Self.pair(count: 10, shade: 9)
    try directory.write(images, to: "t10k-images-idx3-ubyte.gz")
    try directory.write(labels, to: "t10k-labels-idx1-ubyte.gz")
    #expect(try MNIST.load(directory: directory.path).training.count == 9)
  }

  @Test("a missing directory, and a file in its place, are named")
  func missingDirectory() throws {
    let directory = try TemporaryDirectory()
    DatasetsTests.expectError(holding: ["\(directory.path)/no: ", "No such file or directory"]) {
      _ = try MNIST.load(directory: "\(directory.path)/no")
    }
    try directory.write([1], to: "file")
    DatasetsTests.expectError(holding: ["\(directory.path)/file: ", "not a directory"]) {
      _ = try MNIST.load(directory: "\(directory.path)/file")
    }
  }

  @Test("a missing file is named by every name that was looked for")
  func missingFile() throws {
    let empty = try TemporaryDirectory()
    expectError(
      empty, holding: empty.path, "t10k images", "t10k-images-idx3-ubyte,",
      "t10k-images.idx3-ubyte,", "t10k-images-idx3-ubyte.gz,", "t10k-images.idx3-ubyte.gz)")
    let directory = try Self.small()
    try FileManager.default.removeItem(atPath: "\(directory.path)/t10k-labels-idx1-ubyte")
    expectError(directory, holding: directory.path, "t10k labels", "t10k-labels.idx1-ubyte.gz")
  }

  @Test("half of the train pair is not passed over, and train files need the t10k files")
  func incompleteTrainPair() throws {
    let directory = try Self.small()
    let train = Self.pair(count: 12, shade: 1)
    try directory.write(train.labels, to: "train-labels-idx1-ubyte")
    expectError(directory, holding: "train images", "train-images-idx3-ubyte")

    let trainOnly = try TemporaryDirectory()
    try trainOnly.write(train.images, to: "train-images-idx3-ubyte")
    try trainOnly.write(train.labels, to: "train-labels-idx1-ubyte")
    expectError(trainOnly, holding: "t10k images")
  }

  @Test("an empty file is named")
  func emptyFile() throws {
    let directory = try Self.small()
    try directory.write([], to: "t10k-labels-idx1-ubyte")
    expectError(directory, holding: "\(directory.path)/t10k-labels-idx1-ubyte: ", "empty")
  }

  @Test("what is there and cannot be read is named with the system's reason")
  func unreadable() throws {
    let directory = try Self.small()
    let images = "\(directory.path)/t10k-images-idx3-ubyte"
    try FileManager.default.removeItem(atPath: images)
    try FileManager.default.createDirectory(atPath: images, withIntermediateDirectories: false)
    expectError(directory, holding: "\(images): ", "not a regular file")
    try FileManager.default.removeItem(atPath: images)
    // A link to itself cannot be opened, not even by root.
    try FileManager.default.createSymbolicLink(atPath: images, withDestinationPath: images)
    expectError(directory, holding: "\(images): ", "cannot be read", "symbolic links")
  }

  @Test("damaged files are named with what is wrong in them")
  func damaged() throws {
    let directory = try Self.small()
    let (images, labels) = Self.pair(count: 20, shade: 9)
    var compressed = gzip(images)
    compressed[40] ^= 0x10
    let path = "\(directory.path)/t10k-images-idx3-ubyte: "
    let cases: [(bytes: [UInt8], problem: String)] = [
      (Array(images.dropLast()), "cut short"),
      (images + [0], "after its end"),
      (labels, "dimensions is 1 where 3"),
      (compressed, "data check"),
      (Array(gzip(images).dropLast(3)), "ends too early"),
      (gzip(images) + [0], "after its end"),
      (gzip(Array(images.dropLast())), "cut short"),
      ([1, 2, 3, 4, 5], "01 02 03 04"),
    ]
    for damage in cases {
      try directory.write(damage.bytes, to: "t10k-images-idx3-ubyte")
      expectError(directory, holding: path, damage.problem)
    }
  }

  @Test("a label out of range is named with its file, index and value")
  func labelRange() throws {
    let directory = try Self.small(count: 4)
    try directory.write(idx([4], [9, 0, 10, 3]), to: "t10k-labels-idx1-ubyte")
    expectError(
      directory, holding: "\(directory.path)/t10k-labels-idx1-ubyte: ", "label 2 is 10",
      "10 classes")
  }

  @Test("images and labels that disagree in count are both named")
  func counts() throws {
    let directory = try Self.small()
    try directory.write(Self.pair(count: 19, shade: 0).labels, to: "t10k-labels-idx1-ubyte")
    expectError(
      directory, holding: "t10k-labels-idx1-ubyte: the file has 19 labels",
      "t10k-images-idx3-ubyte has 20 images")
  }

  @Test("parts of different image sizes, and a single example, are refused")
  func parts() throws {
    let directory = try Self.small()
    try directory.write(idx([1, 3, 2], [0, 0, 0, 0, 0, 0]), to: "train-images-idx3-ubyte")
    try directory.write(idx([1], [0]), to: "train-labels-idx1-ubyte")
    expectError(directory, holding: directory.path, "3 x 2", "2 x 3")
    expectError(try Self.small(count: 1), holding: "1 example", "held out")
  }
}

/// MNIST's own digits, where they lie beside the project.
@Suite("MNIST's files", .enabled(if: RealMNIST.isPresent, "not run: no ../shared/data/mnist"))
struct RealMNISTTests {
  @Test("the digits begin as they are known to")
  func digits() throws {
    let data = try MNIST.load(directory: RealMNIST.path)
    #expect(data.training.height == 28 && data.training.width == 28)
    // The first digits of each file are well known.
    if data.training.count == 60_000 {
      #expect(data.training.labels.prefix(4) == [5, 0, 4, 1])
      #expect(data.heldOut.labels.prefix(4) == [7, 2, 1, 0])
    } else {
      #expect(data.training.count == 9_000 && data.heldOut.count == 1_000)
      #expect(data.training.labels.prefix(4) == [7, 2, 1, 0])
    }
  }
}

private enum RealMNIST {
  /// From the package's root, `../shared/data/mnist`.
  static let path = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "shared/data/mnist").path

  static var isPresent: Bool { FileManager.default.fileExists(atPath: path) }
}
