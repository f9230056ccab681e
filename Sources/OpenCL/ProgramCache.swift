import Glibc
import Synchronization

/// Built programs in a folder, one file each, shared by any number of processes.
///
/// The file's name is a digest of platform, device, driver, options and source. An entry that is
/// damaged is built again; a folder that cannot be written makes builds slow, never wrong.
public final class ProgramCache: Sendable {
  /// What happened so far.
  public struct Statistics: Sendable, Equatable {
    /// Programs that came from the cache.
    public var hits = 0
    /// Programs that were not in the cache.
    public var misses = 0
    /// Entries that could not be used and were built again.
    public var damaged = 0
    /// Programs that could not be written.
    public var failedWrites = 0

    /// Nothing so far.
    public init() {}
  }

  enum Outcome {
    case hit, miss, damaged, failedWrite
  }

  /// The folder.
  public let directory: String

  private let state = Mutex(Statistics())

  /// Uses `directory`, which is created when the first program is written.
  public init(directory: String) {
    self.directory = directory
  }

  /// What happened so far.
  public var statistics: Statistics { state.withLock { $0 } }

  func count(_ outcome: Outcome) {
    state.withLock { state in
      switch outcome {
      case .hit: state.hits += 1
      case .miss: state.misses += 1
      case .damaged: state.damaged += 1
      case .failedWrite: state.failedWrites += 1
      }
    }
  }

  /// The binary of `key`, or nil after counting why there is none.
  func read(_ key: ProgramKey) -> [UInt8]? {
    guard let bytes = readFile(path(key)) else {
      count(.miss)
      return nil
    }
    guard let binary = Entry.decode(bytes) else {
      count(.damaged)
      return nil
    }
    return binary
  }

  /// Stores the binary of `key`; other processes see the old file or the new one, whole.
  func write(_ binary: [UInt8], _ key: ProgramKey) {
    makeDirectories(directory)
    if !writeFile(path(key), Entry.encode(binary)) { count(.failedWrite) }
  }

  private func path(_ key: ProgramKey) -> String { "\(directory)/\(key.name).bin" }
}

/// The layout of a file: magic, size and digest of the binary (32 bytes), then the binary.
private enum Entry {
  static let magic: UInt64 = 0x3130_7375_726f_6863  // "chorus01"
  static let headerByteCount = 32

  static func encode(_ binary: [UInt8]) -> [UInt8] {
    header(binary) + binary
  }

  /// The binary, or nil if a byte is missing or wrong.
  static func decode(_ bytes: [UInt8]) -> [UInt8]? {
    guard bytes.count > headerByteCount else { return nil }
    let binary = Array(bytes[headerByteCount...])
    return bytes.starts(with: header(binary)) ? binary : nil
  }

  private static func header(_ binary: [UInt8]) -> [UInt8] {
    var digest = Digest()
    digest.combine(binary)
    return bytes(magic.littleEndian) + bytes(UInt64(binary.count).littleEndian)
      + bytes(digest.value.littleEndian)
  }

  private static func bytes(_ value: some FixedWidthInteger & BitwiseCopyable) -> [UInt8] {
    withUnsafeBytes(of: value) { Array($0) }
  }
}
