/// Writes the values of a message one behind the other; both processes are of one machine, so bytes keep their order.
struct WireWriter {
  private(set) var bytes: [UInt8] = []

  mutating func write<Value: BitwiseCopyable>(_ value: Value) {
    withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) }
  }

  mutating func write<Element: BitwiseCopyable>(_ values: some Collection<Element>) {
    write(values.count)
    let values = Array(values)
    values.withUnsafeBytes { bytes.append(contentsOf: $0) }
  }

  mutating func write(_ text: String) { write(Array(text.utf8)) }
}

/// Reads what a `WireWriter` wrote.
///
/// The other process may have gone wrong in any way, so nothing is taken for granted.
struct WireReader {
  private let bytes: [UInt8]
  private var offset = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// A message that does not mean anything.
  static let damaged = IsolationError("a message between the two processes is damaged")

  /// The next value of a type all of whose bit patterns are values.
  mutating func read<Value: BitwiseCopyable>(_ type: Value.Type) throws -> Value {
    let size = MemoryLayout<Value>.size
    guard offset + size <= bytes.count else { throw Self.damaged }
    defer { offset += size }
    return bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: type) }
  }

  mutating func readArray<Element: BitwiseCopyable>(_ type: Element.Type) throws -> [Element] {
    let count = try read(Int.self)
    let stride = MemoryLayout<Element>.stride
    guard count >= 0, count <= (bytes.count - offset) / stride else { throw Self.damaged }
    defer { offset += count * stride }
    return bytes.withUnsafeBytes { all in
      Array(unsafeUninitializedCapacity: count) { values, initialized in
        UnsafeMutableRawBufferPointer(values).copyMemory(
          from: UnsafeRawBufferPointer(rebasing: all[offset..<offset + count * stride]))
        initialized = count
      }
    }
  }

  mutating func readText() throws -> String {
    String(decoding: try readArray(UInt8.self), as: UTF8.self)
  }

  mutating func readBool() throws -> Bool { try read(UInt8.self) != 0 }

  mutating func readRange() throws -> Range<Int> {
    let (lower, upper) = (try read(Int.self), try read(Int.self))
    guard lower >= 0, lower <= upper else { throw Self.damaged }
    return lower..<upper
  }
}
