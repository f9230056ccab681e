import Crypto
import Execution
import Foundation

extension TrainingState {
  /// Reads a checkpoint.
  ///
  /// - Parameters:
  ///   - bytes: The whole file.
  ///   - file: Its name, for errors.
  /// - Throws: `CheckpointError`, which says what is damaged; no length in the file is trusted.
  public init(checkpoint bytes: [UInt8], file: String) throws {
    func damaged(_ problem: String) -> CheckpointError {
      CheckpointError(.damaged, file: file, problem)
    }
    let (preamble, hashed) = (
      CheckpointFormat.preambleByteCount, bytes.count - CheckpointFormat.hashByteCount
    )
    guard hashed >= preamble else { throw damaged("it has only \(bytes.count) bytes") }
    guard Array(bytes[..<8]) == CheckpointFormat.magic else {
      throw damaged("it does not begin as a checkpoint does")
    }
    let version = bytes.number(at: 8)
    guard version == CheckpointFormat.version else {
      throw damaged(
        "its format has version \(version), this program reads \(CheckpointFormat.version)")
    }
    // Before anything else is read: a file that is cut off, or in which a bit is not what it was, ends here.
    let hash = bytes[..<hashed].withUnsafeBytes { bytes in
      var hash = SHA256()
      hash.update(bufferPointer: bytes)
      return hash.finalize()
    }
    guard Array(hash) == Array(bytes[hashed...]) else {
      throw damaged("its SHA-256 is not that of its content")
    }
    let headerByteCount = bytes.number(at: 16)
    guard headerByteCount <= UInt64(hashed - preamble) else {
      throw damaged("its header is longer than the file")
    }
    let start = preamble + Int(headerByteCount)
    guard
      let header = try? JSONDecoder().decode(
        CheckpointHeader.self, from: Data(bytes[preamble..<start]))
    else { throw damaged("its header cannot be read") }
    let payload = CheckpointPayload(bytes: bytes[start..<hashed])
    guard let state = Self(header, payload) else {
      throw damaged("its header does not describe its content")
    }
    self = state
  }

  /// Nil where header and payload do not agree.
  private init?(_ header: CheckpointHeader, _ payload: CheckpointPayload) {
    let identity = header.identity
    guard (0...max(0, identity.steps)).contains(header.step), identity.batch > 0,
      identity.exampleCount > 0, identity.exampleCount <= Int.max - identity.batch,
      header.scaleExponents.isEmpty || header.scaleExponents.count == identity.parameters.count,
      header.scaleExponents.allSatisfy(GradientScale.exponents.contains)
    else { return nil }
    var entries = header.arrays[...]
    var sections: [(String, [[Float]])] = []
    for section in header.sections {
      var values: [[Float]] = []
      for parameter in identity.parameters {
        guard let entry = entries.popFirst(), entry.name == "\(section)/\(parameter.name)",
          let array = payload.floats(entry, shape: parameter.shape)
        else { return nil }
        values.append(array)
      }
      sections.append((section, values))
    }
    guard entries.isEmpty, sections.first?.0 == CheckpointHeader.weights else { return nil }
    let weights = sections.removeFirst().1
    let averages = sections.last?.0 == CheckpointHeader.averages ? sections.removeLast().1 : []
    self.init(
      identity: identity, step: header.step, weights: weights, states: sections,
      averages: averages, scaleExponents: header.scaleExponents, kernels: header.kernels)
    for entry in header.attachments {
      guard let range = payload.range(entry) else { return nil }
      attachments[entry.name] = Data(payload.bytes[range])
    }
  }
}

/// What lies behind the header.
private struct CheckpointPayload {
  let bytes: ArraySlice<UInt8>

  /// Where an entry lies; nil where that is not in the payload.
  func range(_ entry: CheckpointHeader.Entry) -> Range<Int>? {
    guard entry.byteOffset >= 0, entry.byteCount >= 0, entry.byteOffset <= bytes.count,
      entry.byteCount <= bytes.count - entry.byteOffset
    else { return nil }
    let first = bytes.startIndex + entry.byteOffset
    return first..<first + entry.byteCount
  }

  /// An entry's floats, if it has those of the shape.
  func floats(_ entry: CheckpointHeader.Entry, shape: [Int]) -> [Float]? {
    guard let range = range(entry) else { return nil }
    var byteCount = MemoryLayout<Float>.stride
    for size in shape {
      let (product, overflow) = byteCount.multipliedReportingOverflow(by: size)
      guard size >= 0, !overflow else { return nil }
      byteCount = product
    }
    guard byteCount == range.count else { return nil }
    return bytes[range].withUnsafeBytes { bytes in
      (0..<byteCount / MemoryLayout<Float>.stride).map { i in
        let bits = bytes.loadUnaligned(
          fromByteOffset: i * MemoryLayout<Float>.stride, as: UInt32.self)
        return Float(bitPattern: UInt32(littleEndian: bits))
      }
    }
  }
}

extension [UInt8] {
  /// A little-endian number.
  fileprivate func number(at offset: Int) -> UInt64 {
    self[offset..<offset + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
