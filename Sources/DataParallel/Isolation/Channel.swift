import Foundation
import Synchronization

/// One end of the socket between the process that trains and one with a replica: whole messages, in order.
final class Channel: Sendable {
  let file: Int32
  private let sending = Mutex(())

  /// Takes the descriptor over.
  init(adopting file: Int32) { self.file = file }

  deinit { close(file) }

  /// Two ends that belong together; a program that is started inherits neither.
  static func pair() throws -> (Channel, Channel) {
    var files: [Int32] = [-1, -1]
    let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, type, 0, &files) == 0 else {
      throw IsolationError.call("socketpair", errno)
    }
    return (Channel(adopting: files[0]), Channel(adopting: files[1]))
  }

  /// Sends a message; from any thread. Waits while the other end is behind.
  func send(_ message: [UInt8]) throws {
    var length = UInt32(message.count)
    let head = withUnsafeBytes(of: &length) { Array($0) }
    try sending.withLock { _ in
      // In one piece, as nearly all are small.
      try write(head + message)
    }
  }

  private func write(_ bytes: [UInt8]) throws {
    try bytes.withUnsafeBytes { all in
      var rest = all[...]
      while !rest.isEmpty {
        let slice = UnsafeRawBufferPointer(rebasing: rest)
        let count = Foundation.send(
          file, slice.baseAddress, slice.count, Int32(MSG_NOSIGNAL))
        if count < 0 {
          if errno == EINTR { continue }
          throw IsolationError.call("send", errno)
        }
        rest = rest.dropFirst(count)
      }
    }
  }

  /// The next message; nil when the other end is closed. For one thread.
  func receive() throws -> [UInt8]? {
    guard let head = try read(4) else { return nil }
    let length = head.withUnsafeBytes { $0.loadUnaligned(as: UInt32.self) }
    guard length <= 1 << 30 else { throw WireReader.damaged }
    return try read(Int(length))
  }

  private func read(_ byteCount: Int) throws -> [UInt8]? {
    var isClosed = false
    let bytes = try [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, initialized in
      while initialized < byteCount {
        let count = Foundation.read(
          file, buffer.baseAddress.map { $0 + initialized }, byteCount - initialized)
        if count > 0 {
          initialized += count
        } else if count == 0 || errno == ECONNRESET {
          isClosed = true
          return
        } else if errno != EINTR {
          throw IsolationError.call("read", errno)
        }
      }
    }
    return isClosed ? nil : bytes
  }
}
