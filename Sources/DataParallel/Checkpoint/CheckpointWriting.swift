import Crypto
import Foundation

/// A file that is written once, front to back, and hashed on the way.
struct CheckpointSink: ~Copyable {
  private let descriptor: Int32
  private let file: String
  private var hash = SHA256()
  private var byteCount = 0

  init(descriptor: Int32, file: String) {
    self.descriptor = descriptor
    self.file = file
  }

  /// Appends bytes.
  mutating func write(_ bytes: UnsafeRawBufferPointer) throws {
    hash.update(bufferPointer: bytes)
    byteCount += bytes.count
    var rest = bytes
    while !rest.isEmpty {
      let written = Foundation.write(descriptor, rest.baseAddress, rest.count)
      if written < 0 && errno == EINTR { continue }
      guard written > 0 else {
        throw CheckpointError(.notWritten, file: file, String(cString: strerror(errno)))
      }
      rest = UnsafeRawBufferPointer(rebasing: rest[written...])
    }
  }

  /// Appends an array of bytes.
  mutating func write(_ bytes: [UInt8]) throws {
    try bytes.withUnsafeBytes { try write($0) }
  }

  /// Appends a number, little-endian.
  mutating func write(_ number: UInt64) throws {
    try withUnsafeBytes(of: number.littleEndian) { try write($0) }
  }

  /// Appends bytes up to the next multiple of the alignment.
  mutating func align(with byte: UInt8 = 0) throws {
    try write(Array(repeating: byte, count: CheckpointFormat.aligned(byteCount) - byteCount))
  }

  /// Appends the hash of everything before.
  mutating func finish() throws { try write(Array(hash.finalize())) }
}

extension TrainingState {
  /// Writes the state to a file that is open and empty.
  func write(to descriptor: Int32, file: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var header = Array(try encoder.encode(CheckpointHeader(self)))
    let end = CheckpointFormat.preambleByteCount + header.count
    header += Array(repeating: UInt8(ascii: " "), count: CheckpointFormat.aligned(end) - end)
    var sink = CheckpointSink(descriptor: descriptor, file: file)
    try sink.write(CheckpointFormat.magic)
    try sink.write(CheckpointFormat.version)
    try sink.write(UInt64(header.count))
    try sink.write(header)
    for section in sections {
      for values in section.values {
        try sink.align()
        try values.withLittleEndianBytes { try sink.write($0) }
      }
    }
    for attachment in attachments.sorted(by: { $0.key < $1.key }) {
      try sink.align()
      try attachment.value.withUnsafeBytes { try sink.write($0) }
    }
    try sink.finish()
  }
}

extension [Float] {
  fileprivate func withLittleEndianBytes(_ body: (UnsafeRawBufferPointer) throws -> Void) rethrows {
    #if _endian(little)
      try withUnsafeBytes(body)
    #else
      try map(\.bitPattern.littleEndian).withUnsafeBytes(body)
    #endif
  }
}
