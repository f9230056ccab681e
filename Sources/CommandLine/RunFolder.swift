import Foundation

/// The folder of one run; a file in it is either whole or not there.
struct RunFolder {
  let path: String
  /// The folders that this run made, innermost first.
  private let created: [String]
  /// The option that names the folder, for messages.
  private let option: String

  /// Makes sure, before any work is done, that the folder can be written, and that no other run writes to it.
  init(_ path: String, option: String = "--out") throws {
    self.path = path
    self.option = option
    var isDirectory: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory),
      !isDirectory.boolValue
    {
      throw CommandFailure.usage("\(option) \(path) is a file; name a folder")
    }
    created = try Self.create(path)
    guard access(path, W_OK | X_OK) == 0 else {
      throw CommandFailure.usage(
        "\(option) \(path) cannot be written: \(String(cString: strerror(errno)));"
          + " name a folder that you may write to")
    }
    // Held until the program ends, however it ends. File systems that cannot lock are used without.
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
      close(descriptor)
      throw CommandFailure.usage("\(option) \(path) is in use by another run; wait for its end")
    }
  }

  /// The contents of a file, if it is there.
  func contents(of name: String) -> Data? { FileManager.default.contents(atPath: file(name)) }

  /// Puts a file back to what it was: to `data`, or away.
  func restore(_ name: String, to data: Data?) {
    if let data { try? write(data, to: name) } else { unlink(file(name)) }
  }

  /// The path of a file in the folder.
  func file(_ name: String) -> String { path.hasSuffix("/") ? path + name : path + "/" + name }

  /// Writes a file: a temporary one in the same folder, flushed to disk, then renamed.
  func write(_ data: Data, to name: String) throws {
    let target = file(name)
    let temporary = "\(target).\(getpid()).partial"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw failure(target) }
    var rest = data[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if written < 0 && errno == EINTR { continue }
      guard written > 0 else {
        let error = failure(target)
        close(descriptor)
        unlink(temporary)
        throw error
      }
      rest = rest.dropFirst(written)
    }
    guard fsync(descriptor) == 0, close(descriptor) == 0, rename(temporary, target) == 0 else {
      let error = failure(target)
      unlink(temporary)
      throw error
    }
  }

  /// Removes the folders that this run made, if nothing was saved in them.
  func removeIfEmpty() {
    for folder in created { rmdir(folder) }
  }

  /// Makes sure, before hours of training, that there is room for a file of `byteCount`.
  func requireRoom(byteCount: Int) throws {
    var status = statvfs()
    guard statvfs(path, &status) == 0 else { return }
    let free = Int(status.f_bavail) * Int(status.f_frsize)
    guard free < byteCount else { return }
    throw CommandFailure.failed(
      "--out \(path) has \(free) bytes free, but the weights need \(byteCount);"
        + " make room or choose another folder")
  }

  private func failure(_ target: String) -> CommandFailure {
    .failed(
      "\(target) cannot be written: \(String(cString: strerror(errno)));"
        + " make room or choose another --out, the file that was there is unchanged")
  }

  /// Makes the folder and those above it; returns what it made, innermost first.
  private static func create(_ path: String) throws -> [String] {
    var created: [String] = []
    var ancestors = [path]
    while let last = ancestors.last.map({
      URL(fileURLWithPath: $0).deletingLastPathComponent().path
    }),
      last != "/", ancestors.count < 100
    { ancestors.append(last) }
    for folder in ancestors.reversed() {
      if mkdir(folder, 0o755) == 0 {
        created.insert(folder, at: 0)
        continue
      }
      // What exists already is used; on a read-only system that is reported first as such.
      let reason = errno
      if reason == EEXIST || access(folder, F_OK) == 0 { continue }
      throw CommandFailure.usage(
        "--out \(path) cannot be created: \(String(cString: strerror(reason)));"
          + " name a folder that you may write to")
    }
    return created
  }
}
