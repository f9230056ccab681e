import ComputeGraph
import Datasets
import Testing

@Suite("Text")
struct TextTests {
  private let folder: TemporaryDirectory

  init() throws { folder = try TemporaryDirectory() }

  private func text(_ string: String, context: Int = 3) throws -> CharacterText {
    try folder.write(Array(string.utf8), to: "input.txt")
    return try CharacterText(file: folder.path, context: context, trainingShare: 0.5)
  }

  /// Tokens and targets of one window.
  private func window(_ windows: TextWindows, _ index: Int) -> [[Int32]] {
    var examples = [Int32](repeating: -1, count: windows.context)
    var targets = examples
    examples.withUnsafeMutableBytes { examples in
      targets.withUnsafeMutableBytes { targets in
        windows.gather([index], examples: examples, targets: targets)
      }
    }
    return [examples, targets]
  }

  @Test("tokens are the characters in the order of their code points; targets are one token later")
  func windows() throws {
    let text = try text("banana éa\nbnab")
    #expect(text.vocabulary == ["\n", " ", "a", "b", "n", "é"])
    // Seven characters train: banana and a space.
    #expect(text.training.tokens == [3, 2, 4, 2, 4, 2, 1])
    #expect(text.training.count == 4)
    #expect(window(text.training, 3) == [[2, 4, 2], [4, 2, 1]])
    // Held-out windows lie one behind the other, and the last target is the last character.
    #expect(text.heldOut.tokens == [5, 2, 0, 3, 4, 2, 3])
    #expect(text.heldOut.count == 2)
    #expect(window(text.heldOut, 1) == [[3, 4, 2], [4, 2, 3]])
  }

  @Test("a text that cannot be used: the file, the problem, the remedy")
  func refused() throws {
    expectError(holding: ["input.txt", "10 characters", "windows of 8"]) {
      _ = try text("0123456789", context: 8)
    }
    try folder.write([0xFF, 0xFE, 0x41], to: "input.txt")
    expectError(holding: ["input.txt", "not UTF-8"]) {
      _ = try CharacterText(file: folder.path + "/input.txt", context: 1)
    }
    expectError(holding: ["nowhere"]) { _ = try CharacterText(file: "/nowhere", context: 1) }
    expectError(holding: ["context of 0"]) { _ = try CharacterText(file: folder.path, context: 0) }
  }

  @Test("smaller images lie in the middle of zeros, with a grey channel repeated")
  func fitted() throws {
    let small = try LabelledImages(
      height: 1, width: 2, channels: 1, classCount: 3, pixels: [7, 9, 1, 2], labels: [2, 0])
    let large = try small.fitted(height: 3, width: 4, channels: 2)
    #expect(large.labels == small.labels)
    let empty = [UInt8](repeating: 0, count: 8)
    #expect(
      large.pixels == empty + [0, 0, 7, 7, 9, 9, 0, 0] + empty + empty + [0, 0, 1, 1, 2, 2, 0, 0]
        + empty)
    expectError(holding: ["1 x 2 x 1", "1 x 1 x 1"]) {
      _ = try small.fitted(height: 1, width: 1, channels: 1)
    }
  }

  @Test("synthetic examples are a function of the seed and the index")
  func synthetic() {
    func values(_ indices: ArraySlice<Int>) -> [Float] {
      let source = SyntheticExamples(count: 9, seed: 3, shape: [2, 3], classCount: 5)
      var memory = [Float](repeating: 0, count: indices.count * 6)
      var classes = [Int32](repeating: -1, count: indices.count)
      memory.withUnsafeMutableBytes { examples in
        classes.withUnsafeMutableBytes { targets in
          source.gather(indices, examples: examples, targets: targets)
        }
      }
      #expect(classes.allSatisfy { (0..<5).contains($0) })
      return memory
    }
    let both = values([4, 7])
    #expect(both == values([4]) + values([7]))
    #expect(Set(both).count == 12 && both.allSatisfy { -1 <= $0 && $0 < 1 })
  }
}
