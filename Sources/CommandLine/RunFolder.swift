import Foundation

/// The folder of one run; a file in it is either whole or not there.
struct RunFolder {
  let path: String
  private let wasCreated: Bool

  /// Makes sure, before any work is done, that the folder can be written.
  init(_ path: String) throws {
    self.path = path
    var isDirectory: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
    if exists && !isDirectory.boolValue {
      throw CommandFailure.usage("--out \(path) is a file; name a folder")
    }
    wasCreated = !exists
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw CommandFailure.usage(
        "--out \(path) cannot be created: \(Self.reason(error)); name a folder that you may write to")
    }
    guard access(path, W_OK | X_OK) == 0 else {
      throw CommandFailure.usage(
        "--out \(path) cannot be written: \(String(cString: strerror(errno)));"
          + " name a folder that you may write to")
    }
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

  /// Removes the folder if this run made it and nothing was saved.
  func removeIfEmpty() {
    if wasCreated { rmdir(path) }
  }

  private func failure(_ target: String) -> CommandFailure {
    .failed(
      "\(target) cannot be written: \(String(cString: strerror(errno)));"
        + " make room or choose another --out, the file that was there is unchanged")
  }

  private static func reason(_ error: any Error) -> String {
    let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
    guard let code = underlying?.code else { return error.localizedDescription }
    return String(cString: strerror(Int32(code)))
  }
}
