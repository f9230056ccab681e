import Datasets
import FoundationEssentials
import Testing

/// A directory that disappears with the value's last owner.
final class TemporaryDirectory: Sendable {
  let path: String

  init() throws {
    path =
      FileManager.default.temporaryDirectory
      .appending(path: "chorus-datasets-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  func write(_ bytes: [UInt8], to name: String) throws {
    try Data(bytes).write(to: URL(filePath: "\(path)/\(name)"))
  }
}

/// Expects `work` to throw a `DatasetError` whose sentence holds every one of `parts`.
func expectError(
  holding parts: [String], sourceLocation: SourceLocation = #_sourceLocation,
  _ work: () throws -> Void
) {
  let error = #expect(throws: DatasetError.self, sourceLocation: sourceLocation) { try work() }
  guard let text = error?.description else { return }
  for part in parts {
    #expect(text.contains(part), "\(text)", sourceLocation: sourceLocation)
  }
  // The problem, the remedy, a full stop.
  #expect(text.contains("; ") && text.hasSuffix("."), "\(text)", sourceLocation: sourceLocation)
}

/// An IDX file of bytes with the given sizes in its header, whatever `elements` holds.
func idx(_ dimensions: [UInt32], _ elements: [UInt8]) -> [UInt8] {
  let sizes = dimensions.flatMap { size in
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: size >> UInt32($0)) }
  }
  return [0, 0, 8, UInt8(dimensions.count)] + sizes + elements
}

/// A gzip member that holds `bytes` (at most 65,535) as they are: RFC 1952 around one stored block.
func gzip(_ bytes: [UInt8]) -> [UInt8] {
  let count = UInt16(bytes.count)
  let header: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
  let block = [1] + littleEndian(count) + littleEndian(~count) + bytes
  return header + block + littleEndian(crc32(bytes)) + littleEndian(UInt32(bytes.count))
}

private func littleEndian(_ value: some FixedWidthInteger & UnsignedInteger) -> [UInt8] {
  stride(from: 0, to: value.bitWidth, by: 8).map { UInt8(truncatingIfNeeded: value >> $0) }
}

private func crc32(_ bytes: [UInt8]) -> UInt32 {
  let sum = bytes.reduce(UInt32.max) { sum, byte in
    (0..<8).reduce(sum ^ UInt32(byte)) { rest, _ in
      rest & 1 == 0 ? rest >> 1 : rest >> 1 ^ 0xEDB8_8320
    }
  }
  return ~sum
}
