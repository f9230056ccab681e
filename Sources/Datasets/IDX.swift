/// An array of bytes in the IDX format, the format of MNIST's files.
///
/// Two zero bytes, the element type (0x08: unsigned byte), the count of dimensions, one big-endian
/// 32-bit size for each dimension, then the elements, the last dimension fastest. Source:
/// http://yann.lecun.com/exdb/mnist/.
package struct IDX {
  /// The size of each dimension, none of them 0.
  package let dimensions: [Int]

  /// The elements, as many as the product of `dimensions`.
  package let elements: [UInt8]

  /// Parses `bytes`, which hold `dimensionCount` dimensions; `file` names them in errors.
  package init(
    parsing bytes: [UInt8], dimensionCount: Int, file: String
  ) throws(DatasetError) {
    try Self.checkMagic(bytes, dimensionCount, file)
    let headerByteCount = 4 + 4 * dimensionCount
    guard bytes.count >= headerByteCount else {
      throw DatasetError(
        file: file,
        problem: "the file ends inside its header (\(bytes.count) of \(headerByteCount) bytes)",
        remedy: "download it again")
    }
    let dimensions = (1...dimensionCount).map { Self.word(bytes, at: 4 * $0) }
    let elementCount = try Self.elementCount(dimensions, file)
    // The length is compared before anything is allocated: a damaged size costs nothing.
    let foundCount = bytes.count - headerByteCount
    guard foundCount == elementCount else {
      let difference = foundCount < elementCount ? "is cut short" : "has bytes after its end"
      throw DatasetError(
        file: file,
        problem: "the file \(difference): \(Self.text(dimensions)) need \(elementCount) bytes "
          + "after the header, and there are \(foundCount)",
        remedy: "download it again")
    }
    self.dimensions = dimensions
    self.elements = Array(bytes[headerByteCount...])
  }

  private static func checkMagic(
    _ bytes: [UInt8], _ dimensionCount: Int, _ file: String
  ) throws(DatasetError) {
    guard bytes.count >= 4 else {
      throw DatasetError(
        file: file, problem: "the file has \(bytes.count) bytes, too few for an IDX file",
        remedy: "download it again")
    }
    guard bytes[0] == 0, bytes[1] == 0, bytes[2] == 0x08 else {
      let magic = bytes.prefix(4).map { byte in
        let digits = String(byte, radix: 16)
        return digits.count == 1 ? "0\(digits)" : digits
      }
      throw DatasetError(
        file: file,
        problem: "this is not an IDX file of unsigned bytes: it begins with "
          + "\(magic.joined(separator: " ")), not with 00 00 08",
        remedy: "check that it is the dataset's file")
    }
    guard bytes[3] == dimensionCount else {
      throw DatasetError(
        file: file,
        problem: "the count of dimensions is \(bytes[3]) where \(dimensionCount) is needed "
          + "(3 for images, 1 for labels)",
        remedy: "check that images and labels are not exchanged")
    }
  }

  /// The product of `dimensions`, which neither is 0 nor overflows.
  private static func elementCount(
    _ dimensions: [Int], _ file: String
  ) throws(DatasetError) -> Int {
    var product = 1
    for dimension in dimensions {
      let (next, overflow) = product.multipliedReportingOverflow(by: dimension)
      guard !overflow, next > 0 else {
        throw DatasetError(
          file: file, problem: "the sizes \(text(dimensions)) are not those of any dataset",
          remedy: "download it again")
      }
      product = next
    }
    return product
  }

  private static func word(_ bytes: [UInt8], at offset: Int) -> Int {
    bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
  }

  private static func text(_ dimensions: [Int]) -> String {
    dimensions.map(String.init).joined(separator: " x ")
  }
}
