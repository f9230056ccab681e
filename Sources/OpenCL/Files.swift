import Glibc

/// The whole file, or nil if it cannot be read.
func readFile(_ path: String) -> [UInt8]? {
  let file = open(path, O_RDONLY | O_CLOEXEC)
  guard file >= 0 else { return nil }
  defer { close(file) }
  var status = stat()
  guard fstat(file, &status) == 0 else { return nil }
  var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
  var offset = 0
  while offset < bytes.count {
    let count = bytes[offset...].withUnsafeMutableBytes { read(file, $0.baseAddress, $0.count) }
    guard count > 0 else { return nil }
    offset += count
  }
  return bytes
}

/// Replaces the file in one step; false if that fails, and then nothing is left behind.
func writeFile(_ path: String, _ bytes: [UInt8]) -> Bool {
  // In the same folder, because a rename is atomic only within one file system.
  var template = Array("\(path).XXXXXX".utf8CString)
  let file = mkstemp(&template)
  guard file >= 0 else { return false }
  var offset = 0
  while offset < bytes.count {
    let count = bytes[offset...].withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
    guard count > 0 else { break }
    offset += count
  }
  let isWhole = close(file) == 0 && offset == bytes.count
  guard isWhole, rename(template, path) == 0 else {
    unlink(template)
    return false
  }
  return true
}

/// Creates a folder and those above it; one that exists is fine, and so is a failure.
func makeDirectories(_ path: String) {
  var partial = path.hasPrefix("/") ? "" : "."
  for component in path.split(separator: "/") {
    partial += "/\(component)"
    mkdir(partial, 0o755)
  }
}
