/// How each device's replica gets a process of its own, so that a driver that crashes takes no run with it.
///
/// The process runs a program that builds the same network and calls `ReplicaHost.serve`. It needs no data: examples
/// come from the process that trains.
public struct Isolation: Sendable {
  /// Path of the program.
  public var executable: String
  /// What stands behind the program's name, for each participant: enough to find its device.
  public var arguments: @Sendable (Participant) -> [String]

  /// A program and its arguments.
  public init(executable: String, arguments: @escaping @Sendable (Participant) -> [String]) {
    self.executable = executable
    self.arguments = arguments
  }
}

/// Why a process for a replica cannot be used.
struct IsolationError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }

  /// A call of the system that failed, by `errno`.
  static func call(_ name: String, _ code: Int32) -> IsolationError {
    IsolationError("\(name) failed: \(SystemError.text(code))")
  }
}
