import COpenCL

/// Reads typed values from one of the `clGet…Info` functions.
struct Query {
  typealias Read = (
    _ parameter: UInt32, _ byteCount: Int, _ value: UnsafeMutableRawPointer?,
    _ needed: UnsafeMutablePointer<Int>?
  ) -> Int32

  private let call: StaticString
  private let read: Read

  init(_ call: StaticString, read: @escaping Read) {
    self.call = call
    self.read = read
  }

  /// One value of fixed size; bytes that the driver leaves unwritten are zero.
  func value<Value: BitwiseCopyable>(
    _ parameter: Int32, as type: Value.Type
  ) throws(OpenCLError) -> Value {
    let size = MemoryLayout<Value>.size
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: size, alignment: MemoryLayout<Value>.alignment)
    defer { memory.deallocate() }
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: size)
    try check(call, read(UInt32(parameter), size, memory, nil), hexadecimal(parameter))
    return memory.load(as: Value.self)
  }

  /// A value of the size that the driver states.
  func bytes(_ parameter: Int32) throws(OpenCLError) -> [UInt8] {
    var byteCount = 0
    try check(call, read(UInt32(parameter), 0, nil, &byteCount), hexadecimal(parameter))
    guard byteCount > 0 else { return [] }
    var bytes = [UInt8](repeating: 0, count: byteCount)
    let code = bytes.withUnsafeMutableBytes {
      read(UInt32(parameter), $0.count, $0.baseAddress, nil)
    }
    try check(call, code, hexadecimal(parameter))
    return bytes
  }

  /// A C string without surrounding white space.
  func string(_ parameter: Int32) throws(OpenCLError) -> String {
    let bytes = try bytes(parameter).prefix { $0 != 0 }
    let isSpace: (UInt8) -> Bool = { $0 <= 0x20 }
    guard let last = bytes.lastIndex(where: { !isSpace($0) }) else { return "" }
    return String(decoding: bytes[...last].drop(while: isSpace), as: UTF8.self)
  }

  /// Pointer-sized integers, such as partition properties.
  func words(_ parameter: Int32) throws(OpenCLError) -> [Int] {
    let bytes = try bytes(parameter)
    return bytes.withUnsafeBytes { raw in
      stride(from: 0, to: raw.count - 7, by: 8).map {
        raw.loadUnaligned(fromByteOffset: $0, as: Int.self)
      }
    }
  }

  private func hexadecimal(_ parameter: Int32) -> String {
    "parameter 0x\(String(parameter, radix: 16))"
  }
}
