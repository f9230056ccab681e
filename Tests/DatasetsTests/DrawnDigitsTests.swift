import Datasets
import Testing

@Suite("DrawnDigits")
struct DrawnDigitsTests {
  /// The 64-bit FNV-1a hash of `bytes`.
  private static func hash(_ bytes: [UInt8]) -> UInt64 {
    bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }

  private static func images(_ examples: LabelledImages) -> [ArraySlice<UInt8>] {
    let size = examples.exampleSize
    return (0..<examples.count).map { examples.pixels[$0 * size..<($0 + 1) * size] }
  }

  @Test("the bytes of a seed are those of every other machine")
  func pinned() {
    let data = DrawnDigits.make(seed: 42, trainingCount: 200, heldOutCount: 100)
    #expect(Self.hash(data.training.pixels) == 0x0D05_8DD0_6F0B_4C1D)
    #expect(Self.hash(data.training.labels) == 0xDD5E_63EA_B006_2013)
    #expect(Self.hash(data.heldOut.pixels) == 0x63E6_8EB6_07F5_E7F8)
    #expect(Self.hash(data.heldOut.labels) == 0x7794_BAAC_B709_D8E7)
  }

  @Test("no image occurs twice, within a part or in both")
  func disjoint() {
    let data = DrawnDigits.make(seed: 7, trainingCount: 400, heldOutCount: 200)
    let images = Self.images(data.training) + Self.images(data.heldOut)
    #expect(Set(images).count == 600)
  }

  @Test("counts and sizes are as asked for")
  func counts() {
    let data = DrawnDigits.make(seed: 7, trainingCount: 23, heldOutCount: 0)
    #expect(data.training.count == 23 && data.heldOut.count == 0)
    #expect(data.training.height == 28 && data.training.width == 28)
    #expect(data.training.channels == 1 && data.training.classCount == 10)
    #expect(data.training.pixels.count == 23 * 784)
  }

  @Test("a larger count leaves the earlier examples as they are")
  func prefix() {
    let few = DrawnDigits.make(seed: 7, trainingCount: 13, heldOutCount: 4)
    let many = DrawnDigits.make(seed: 7, trainingCount: 37, heldOutCount: 25)
    #expect(many.training.subset(0..<13).pixels == few.training.pixels)
    #expect(many.training.subset(0..<13).labels == few.training.labels)
    #expect(many.heldOut.subset(0..<4).pixels == few.heldOut.pixels)
  }

  @Test("every ten examples hold each digit once, in changing order")
  func balance() {
    let labels = DrawnDigits.make(seed: 7, trainingCount: 100, heldOutCount: 0).training.labels
    let tens = stride(from: 0, to: 100, by: 10).map { Array(labels[$0..<$0 + 10]) }
    #expect(tens.allSatisfy { $0.sorted() == Array(0..<10) })
    #expect(Set(tens).count == 10)
  }

  @Test("another seed draws other digits, also where only its upper half differs")
  func seeds() {
    let hashes = [1, 2, 1 | 1 << 32].map { seed in
      Self.hash(DrawnDigits.make(seed: seed, trainingCount: 20, heldOutCount: 0).training.pixels)
    }
    #expect(Set(hashes).count == 3)
  }

  @Test("every digit has ink, most of it away from the border")
  func ink() {
    let examples = DrawnDigits.make(seed: 7, trainingCount: 200, heldOutCount: 0).training
    for image in Self.images(examples) {
      let dark = image.indices.filter { image[$0] > 100 }
      let border = dark.filter { index in
        let pixel = index - image.startIndex
        return [0, 27].contains(pixel / 28) || [0, 27].contains(pixel % 28)
      }
      #expect(dark.count >= 10 && dark.count < 400)
      #expect(border.count * 5 <= dark.count)
    }
  }
}
