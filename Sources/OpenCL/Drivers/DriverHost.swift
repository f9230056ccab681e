import COpenCL
import Glibc

/// What opening a driver's library gave.
public enum DriverState: Sendable, Equatable {
  /// It loads and offers so many platforms.
  case offers(platforms: Int)
  /// It loads, but offers none; this is its status.
  case noPlatform(Int32)
  /// It does not load; these are the dynamic linker's words.
  case broken(String)

  /// Whether the driver has something to offer.
  public var isUsable: Bool {
    if case .offers(let platforms) = self { return platforms > 0 }
    return false
  }

  /// The state in words, behind a driver's name.
  public var text: String {
    switch self {
    case .offers(let platforms) where platforms > 0: "loads"
    case .offers, .noPlatform(OpenCLError.platformNotFound):
      "loads, but offers no platform: its hardware is not there, or may not be used"
    case .noPlatform(let code): "loads, but fails with status \(code)"
    case .broken(let reason): "does not load: \(reason)"
    }
  }
}

/// What the search for drivers sees of the host: files, variables, and libraries that it tries.
public struct DriverHost: Sendable {
  /// Stands before every path; empty but in tests.
  let root: String
  let environment: @Sendable (String) -> String?
  let open: @Sendable (_ library: String) -> DriverState
  let canAccess: @Sendable (_ path: String) -> Bool

  /// This host.
  public static let current = DriverHost(
    root: "", environment: { name in getenv(name).map { String(cString: $0) } },
    open: tryDriver, canAccess: { access($0, R_OK | W_OK) == 0 })

  /// A host whose files lie below `root`, for tests.
  package init(
    root: String, environment: @escaping @Sendable (String) -> String?,
    open: @escaping @Sendable (String) -> DriverState,
    canAccess: @escaping @Sendable (String) -> Bool
  ) {
    self.root = root
    self.environment = environment
    self.open = open
    self.canAccess = canAccess
  }

  /// Opens a driver's library, as the loader does, and says what came of it.
  public func state(of library: String) -> DriverState { open(library) }

  /// A variable that is set and not empty.
  func variable(_ name: String) -> String? {
    environment(name).flatMap { $0.isEmpty ? nil : $0 }
  }

  /// Names in a folder, sorted; empty where it cannot be read.
  func names(in folder: String) -> [String] {
    guard let stream = opendir(root + folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// Whether a folder lies at a path.
  func isFolder(_ path: String) -> Bool {
    guard let stream = opendir(root + path) else { return false }
    closedir(stream)
    return true
  }

  /// Whether something lies at a path.
  func exists(_ path: String) -> Bool { access(root + path, F_OK) == 0 }

  /// The first line of a file, without surrounding white space.
  func firstLine(of path: String) -> String? {
    // Of /proc and /sys, whose files state no size: read by `fgets`, not by size.
    guard let file = fopen(root + path, "re") else { return nil }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 4096)
    guard fgets(&line, Int32(line.count), file) != nil else { return nil }
    return String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      .trimmedOfBlanks
  }

  /// The folders that a pattern stands for, in which `*` is any name; those last in the alphabet, the newest, first.
  func folders(_ pattern: String) -> [String] {
    guard let star = pattern.firstIndex(of: "*") else { return exists(pattern) ? [pattern] : [] }
    let parent = pattern[..<star].lastIndex(of: "/") ?? pattern.startIndex
    let prefix = pattern[pattern.index(after: parent)..<star]
    let rest = pattern[pattern.index(after: star)...]
    return names(in: String(pattern[..<parent])).reversed().filter { $0.hasPrefix(prefix) }
      .map { "\(pattern[..<parent])/\($0)\(rest)" }.filter(exists)
  }
}

/// Opens a library and asks it for its platforms.
private func tryDriver(_ library: String) -> DriverState {
  var message = [CChar](repeating: 0, count: 1024)
  let found = chorus_opencl_try_driver(library, &message, message.count)
  let reason = String(
    decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  if !reason.isEmpty { return .broken(reason) }
  return found < 0 ? .noPlatform(found) : .offers(platforms: Int(found))
}

extension String {
  /// Without white space at both ends.
  var trimmedOfBlanks: String {
    let isBlank = { (character: Character) in character.isWhitespace || character == "\0" }
    var text = self[...]
    while let last = text.last, isBlank(last) { text.removeLast() }
    return String(text.drop(while: isBlank))
  }
}
