import Datasets
import Testing

@Suite("LabelledImages")
struct LabelledImagesTests {
  // N = 4, H = 2, W = 3, C = 5: all different, so an exchange shows.
  private static func four() throws -> LabelledImages {
    try LabelledImages(
      height: 2, width: 3, channels: 5, classCount: 7, pixels: (0..<120).map { UInt8($0 * 2) },
      labels: [6, 0, 3, 1])
  }

  @Test("gather writes pixel / 255 and classes in the order of the indices")
  func gather() throws {
    let examples = try Self.four()
    var images = [Float](repeating: -1, count: 91)
    var labels = [Int32](repeating: -1, count: 4)
    images.withUnsafeMutableBufferPointer { images in
      labels.withUnsafeMutableBufferPointer { labels in
        examples.gather([2, 0, 2], images: images, labels: labels)
      }
    }
    let expected = [2, 0, 2].flatMap { example in
      (0..<30).map { Float((example * 30 + $0) * 2) / 255 }
    }
    // What lies behind the examples is left alone.
    #expect(images == expected + [-1])
    #expect(labels == [3, 6, 3, -1])
  }

  @Test("the darkest and the lightest byte become 0 and 1")
  func range() throws {
    let examples = try LabelledImages(
      height: 1, width: 2, channels: 1, classCount: 1, pixels: [0, 255], labels: [0])
    var images: [Float] = [-1, -1]
    var labels: [Int32] = [-1]
    images.withUnsafeMutableBufferPointer { images in
      labels.withUnsafeMutableBufferPointer { labels in
        examples.gather(0..<1, images: images, labels: labels)
      }
    }
    #expect(images == [0, 1])
  }

  @Test("a subset holds the examples of its range")
  func subset() throws {
    let examples = try Self.four()
    let middle = examples.subset(1..<3)
    #expect(middle.count == 2)
    #expect(middle.labels == [0, 3])
    #expect(middle.pixels == Array(examples.pixels[30..<90]))
    #expect(middle.exampleSize == 30 && middle.classCount == 7)
    #expect(examples.subset(4..<4).count == 0)
  }

  @Test("pixels that do not fit the labels are counted")
  func pixelCount() {
    expectError(holding: ["2 labels", "3 x 4 x 1", "24 pixel values", "23"]) {
      _ = try LabelledImages(
        height: 3, width: 4, channels: 1, classCount: 2,
        pixels: [UInt8](repeating: 0, count: 23), labels: [0, 1])
    }
    expectError(holding: ["1 labels"]) {
      _ = try LabelledImages(
        height: .max, width: .max, channels: 1, classCount: 2, pixels: [1], labels: [0])
    }
  }

  @Test("a label that is no class is named with its index")
  func labelRange() {
    expectError(holding: ["label 2 is 5", "5 classes"]) {
      _ = try LabelledImages(
        height: 1, width: 1, channels: 1, classCount: 5, pixels: [0, 0, 0], labels: [4, 0, 5])
    }
  }

  @Test("images without pixels and impossible class counts are refused")
  func shape() {
    expectError(holding: ["0 x 4 x 1"]) {
      _ = try LabelledImages(
        height: 0, width: 4, channels: 1, classCount: 2, pixels: [], labels: [])
    }
    for classCount in [0, 257] {
      expectError(holding: ["\(classCount) classes"]) {
        _ = try LabelledImages(
          height: 1, width: 1, channels: 1, classCount: classCount, pixels: [], labels: [])
      }
    }
  }
}
