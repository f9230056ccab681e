import Foundation

/// Memory that two processes see: an object of the kernel without a name, which goes away with its last user.
///
/// Sendable: the fields never change. Who may touch which part when follows from the order of the messages.
final class SharedMemory: @unchecked Sendable {
  /// The first byte, at the beginning of a page.
  let pointer: UnsafeMutableRawPointer
  /// For the other process, which maps it too.
  let file: Int32
  private let byteCount: Int

  /// New memory, all zeros; pages that nobody touches take no room.
  init(byteCount: Int) throws {
    let name = "/chorus-\(getpid())-\(UInt64.random(in: 0 ... .max))"
    let file = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0o600)
    guard file >= 0 else { throw IsolationError.call("shm_open", errno) }
    // Nobody needs the name: whatever becomes of the processes, nothing is left behind.
    shm_unlink(name)
    guard ftruncate(file, byteCount) == 0 else {
      let code = errno
      close(file)
      throw IsolationError.call("ftruncate to \(byteCount) bytes", code)
    }
    self.byteCount = byteCount
    self.file = file
    do {
      pointer = try Self.map(file, byteCount)
    } catch {
      close(file)
      throw error
    }
  }

  /// The memory behind a descriptor of another process.
  init(adopting file: Int32, byteCount: Int) throws {
    var status = stat()
    guard fstat(file, &status) == 0, status.st_size == byteCount else {
      throw IsolationError(
        "the memory shared by the two processes has \(status.st_size) bytes, not \(byteCount)")
    }
    self.byteCount = byteCount
    self.file = file
    pointer = try Self.map(file, byteCount)
  }

  deinit {
    munmap(pointer, byteCount)
    close(file)
  }

  private static func map(_ file: Int32, _ byteCount: Int) throws -> UnsafeMutableRawPointer {
    guard let pointer = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0),
      pointer != MAP_FAILED
    else { throw IsolationError.call("mmap of \(byteCount) bytes", errno) }
    return pointer
  }
}
