import Foundation

/// The checkpoints of one run: a folder in which each is whole or not there.
public struct CheckpointStore: Sendable {
  /// The folder.
  public let folder: String
  /// How many are kept.
  public let keptCount: Int

  private static let suffix = ".chorus", partial = ".partial"

  /// The store in a folder, which is made when the first checkpoint is written.
  ///
  /// - Parameters:
  ///   - folder: Used by one process at a time: what a dead one has half written is removed.
  ///   - keep: How many checkpoints are kept, at least 1.
  public init(_ folder: String, keep: Int) {
    self.folder = folder
    keptCount = max(1, keep)
    for name in contents() where name.hasPrefix("checkpoint-") && name.hasSuffix(Self.partial) {
      unlink(path(name))
    }
  }

  /// `checkpoint-00001250.chorus`.
  public static func name(step: Int) -> String {
    String(format: "checkpoint-%08d", step) + suffix
  }

  /// The steps of which there are checkpoints, ascending.
  public var steps: [Int] {
    contents().compactMap { name in
      guard name.hasPrefix("checkpoint-"), name.hasSuffix(Self.suffix) else { return nil }
      return Int(name.dropFirst("checkpoint-".count).dropLast(Self.suffix.count))
    }.filter { $0 >= 0 }.sorted()
  }

  /// Writes a checkpoint in one step, then removes all but the last ones up to it.
  ///
  /// - Parameter state: What to write.
  /// - Returns: The file's name.
  /// - Throws: `CheckpointError`, such as for a full disk; those that were there stay.
  @discardableResult
  public func write(_ state: TrainingState) throws -> String {
    let name = Self.name(step: state.step)
    func failure() -> CheckpointError {
      CheckpointError(.notWritten, file: name, String(cString: strerror(errno)))
    }
    if mkdir(folder, 0o755) != 0 && errno != EEXIST { throw failure() }
    let temporary = path(name + Self.partial)
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw failure() }
    do {
      defer { close(descriptor) }
      try state.write(to: descriptor, file: name)
      guard fsync(descriptor) == 0 else { throw failure() }
    } catch {
      unlink(temporary)
      throw error
    }
    guard rename(temporary, path(name)) == 0 else {
      let error = failure()
      unlink(temporary)
      throw error
    }
    syncFolder()
    // A later one is that of a run that went back to before it, and is written anew when its step comes.
    for step in steps.filter({ $0 <= state.step }).dropLast(keptCount) {
      unlink(path(Self.name(step: step)))
    }
    return name
  }

  /// Reads the newest checkpoint that is whole.
  ///
  /// - Parameter identity: Whose it must be.
  /// - Returns: The state, if there is one, and a sentence about each damaged one before it.
  /// - Throws: `CheckpointError` where a whole checkpoint is of another run.
  public func latest(for identity: RunIdentity) throws -> (state: TrainingState?, notes: [String]) {
    var problems: [CheckpointError] = []
    func notes(_ next: String) -> [String] {
      problems.enumerated().map { index, problem in
        let isLast = index == problems.count - 1
        return "\(problem); "
          + (isLast ? next : "the one before is \(problems[index + 1].file)")
      }
    }
    for step in steps.reversed() {
      let name = Self.name(step: step)
      do {
        let state = try TrainingState(checkpoint: read(name), file: name)
        if let difference = identity.difference(from: state.identity) {
          throw CheckpointError(.otherRun, file: name, difference)
        }
        return (state, notes("using \(name)"))
      } catch let error as CheckpointError where error.kind == .damaged {
        problems.append(error)
      }
    }
    return (nil, notes("there is none before it"))
  }

  /// Removes all checkpoints.
  public func removeAll() {
    for step in steps { unlink(path(Self.name(step: step))) }
    rmdir(folder)
  }

  private func path(_ name: String) -> String { folder + "/" + name }

  private func contents() -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
  }

  /// Makes the new name last through a loss of power.
  private func syncFolder() {
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }

  /// The bytes of a file.
  private func read(_ name: String) throws -> [UInt8] {
    func failure() -> CheckpointError {
      CheckpointError(
        .damaged, file: name, "it cannot be read: \(String(cString: strerror(errno)))")
    }
    // A pipe of that name would be waited for.
    let descriptor = open(path(name), O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw failure() }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure() }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw CheckpointError(.damaged, file: name, "it is not a regular file")
    }
    var reason: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: Int(status.st_size)) { buffer, count in
      while count < buffer.count {
        let rest = UnsafeMutableRawBufferPointer(
          rebasing: UnsafeMutableRawBufferPointer(buffer)[count...])
        let got = Foundation.read(descriptor, rest.baseAddress, rest.count)
        if got < 0 && errno == EINTR { continue }
        if got < 0 { reason = errno }
        guard got > 0 else { return }
        count += got
      }
    }
    errno = reason
    guard reason == 0 else { throw failure() }
    return bytes
  }
}
