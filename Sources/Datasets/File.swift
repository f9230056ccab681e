import Glibc

/// Whole files as bytes, with the system's own reason where one cannot be read.
enum File {
  /// 1 GiB, 20 times the largest MNIST file: a wrong path must not fill the memory.
  static let byteLimit = 1 << 30

  /// Whether something lies at `path`, also where it may not be looked at: reading it says why.
  static func exists(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 || (errno != ENOENT && errno != ENOTDIR)
  }

  /// Throws unless `path` is a directory.
  static func checkDirectory(_ path: String) throws(DatasetError) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw DatasetError(
        file: path, problem: "the directory cannot be opened (\(reason()))",
        remedy: "give the directory that holds the dataset's files")
    }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw DatasetError(
        file: path, problem: "this is not a directory",
        remedy: "give the directory that holds the dataset's files")
    }
  }

  /// The bytes of the file at `path`, which is not empty.
  static func read(_ path: String) throws(DatasetError) -> [UInt8] {
    var status = stat()
    // Asked before `open`, which waits for ever on a pipe that has no writer.
    guard stat(path, &status) == 0 else { throw unreadable(path) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw DatasetError(
        file: path, problem: "this is not a regular file", remedy: "put the dataset's file there")
    }
    guard status.st_size <= byteLimit else {
      throw DatasetError(
        file: path, problem: "the file has \(status.st_size) bytes, more than \(byteLimit)",
        remedy: "check that it is the dataset's file")
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw unreadable(path) }
    defer { close(descriptor) }

    let byteCount = Int(status.st_size)
    var failed = false
    let bytes = [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, filled in
      while filled < byteCount {
        let rest = UnsafeMutableRawBufferPointer(
          rebasing: UnsafeMutableRawBufferPointer(buffer)[filled...])
        let got = Glibc.read(descriptor, rest.baseAddress, rest.count)
        if got < 0 && errno == EINTR { continue }
        failed = got < 0
        guard got > 0 else { return }
        filled += got
      }
    }
    guard !failed else { throw unreadable(path) }
    guard !bytes.isEmpty else {
      throw DatasetError(file: path, problem: "the file is empty", remedy: "download it again")
    }
    return bytes
  }

  private static func unreadable(_ path: String) -> DatasetError {
    DatasetError(
      file: path, problem: "the file cannot be read (\(reason()))",
      remedy: "check its permissions and its disk")
  }

  private static func reason() -> String {
    String(cString: strerror(errno))
  }
}
