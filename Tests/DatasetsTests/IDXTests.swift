import Datasets
import Testing

@Suite("IDX")
struct IDXTests {
  @Test("sizes and elements are read, the first size first")
  func sizesAndElements() throws {
    let elements = (0..<24).map { UInt8($0) }
    let array = try IDX(parsing: idx([2, 3, 4], elements), dimensionCount: 3, file: "a")
    #expect(array.dimensions == [2, 3, 4])
    #expect(array.elements == elements)
  }

  @Test("a size is big-endian")
  func bigEndian() throws {
    let elements = [UInt8](repeating: 7, count: 0x102)
    let array = try IDX(parsing: [0, 0, 8, 1, 0, 0, 1, 2] + elements, dimensionCount: 1, file: "a")
    #expect(array.dimensions == [0x102])
  }

  @Test("a file of less than four bytes is named", arguments: 0..<4)
  func noMagic(byteCount: Int) {
    expectError(holding: ["a: ", "\(byteCount) bytes"]) {
      _ = try IDX(parsing: Array(idx([1], [5]).prefix(byteCount)), dimensionCount: 1, file: "a")
    }
  }

  @Test("a header cut short is named", arguments: 4..<16)
  func cutHeader(byteCount: Int) {
    expectError(holding: ["a: ", "inside its header (\(byteCount) of 16 bytes)"]) {
      let bytes = Array(idx([1, 2, 3], []).prefix(byteCount))
      _ = try IDX(parsing: bytes, dimensionCount: 3, file: "a")
    }
  }

  @Test("another magic number is shown")
  func wrongMagic() {
    // 0x0D: floats.
    expectError(holding: ["a: ", "begins with 00 00 0d 01"]) {
      _ = try IDX(parsing: [0, 0, 0x0D, 1, 0, 0, 0, 1, 0], dimensionCount: 1, file: "a")
    }
    expectError(holding: ["a: ", "begins with 89 50 4e 47"]) {
      _ = try IDX(parsing: [0x89, 0x50, 0x4E, 0x47, 0, 0, 0, 1, 0], dimensionCount: 1, file: "a")
    }
  }

  @Test("labels in the place of images are named")
  func labelsForImages() {
    expectError(holding: ["a: ", "dimensions is 1 where 3 is needed", "exchanged"]) {
      _ = try IDX(parsing: idx([2], [1, 2]), dimensionCount: 3, file: "a")
    }
  }

  @Test("missing and surplus elements are counted")
  func length() {
    expectError(holding: ["a: ", "cut short", "2 x 2 x 2 need 8 bytes", "there are 7"]) {
      let bytes = idx([2, 2, 2], [UInt8](repeating: 0, count: 7))
      _ = try IDX(parsing: bytes, dimensionCount: 3, file: "a")
    }
    expectError(holding: ["a: ", "after its end", "2 x 2 x 2 need 8 bytes", "there are 9"]) {
      let bytes = idx([2, 2, 2], [UInt8](repeating: 0, count: 9))
      _ = try IDX(parsing: bytes, dimensionCount: 3, file: "a")
    }
  }

  @Test("a size of 0 is refused")
  func zeroSize() {
    expectError(holding: ["a: ", "2 x 0 x 2"]) {
      _ = try IDX(parsing: idx([2, 0, 2], []), dimensionCount: 3, file: "a")
    }
  }

  @Test("sizes whose product overflows, or fits no memory, are refused without being allocated")
  func absurdSizes() {
    expectError(holding: ["a: ", "4294967295 x 4294967295 x 4294967295"]) {
      _ = try IDX(parsing: idx([.max, .max, .max], [1, 2]), dimensionCount: 3, file: "a")
    }
    expectError(holding: ["a: ", "cut short", "4294967295 need 4294967295 bytes"]) {
      _ = try IDX(parsing: idx([.max], [1, 2]), dimensionCount: 1, file: "a")
    }
  }
}
