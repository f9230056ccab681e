import Foundation
import Synchronization

/// A process that this one has started, and that is ended and waited for exactly once.
final class ChildProcess: Sendable {
  /// How a process came to its end.
  enum End {
    /// By itself.
    case exited(Int32)
    /// By a signal.
    case signalled(Int32)
  }

  private let id: pid_t
  private let isReaped = Mutex(false)

  /// The descriptors of a process that is started: its end of the socket, and the shared memory.
  static let channelFile: Int32 = 3, memoryFile: Int32 = 4

  /// Starts a program; what it writes goes to `output`.
  init(
    _ executable: String, _ arguments: [String], channel: Int32, memory: Int32, output: Int32
  ) throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    // Drivers write to standard output too, which belongs to the run.
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    posix_spawn_file_actions_adddup2(&actions, output, 2)
    // By way of numbers that neither has: they may be each other's.
    let high = max(channel, memory, Self.memoryFile) + 1
    posix_spawn_file_actions_adddup2(&actions, channel, high)
    posix_spawn_file_actions_adddup2(&actions, memory, high + 1)
    posix_spawn_file_actions_adddup2(&actions, high, Self.channelFile)
    posix_spawn_file_actions_adddup2(&actions, high + 1, Self.memoryFile)
    // What drivers have opened in this process is not for another.
    for file in Self.openFiles() + [high, high + 1] where file > Self.memoryFile {
      posix_spawn_file_actions_addclose(&actions, file)
    }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // In a group of its own: Ctrl-C in the terminal is for the process that trains, which ends its replicas itself.
    posix_spawnattr_setpgroup(&attributes, 0)
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETPGROUP) | Int16(POSIX_SPAWN_SETSIGMASK))

    var variables = ProcessInfo.processInfo.environment
    // A trace takes seconds, in which the others would wait, and hides the driver's own last words.
    variables["SWIFT_BACKTRACE"] = "enable=no"
    let environment = variables.map { "\($0)=\($1)" }
    var started: pid_t = 0
    let code = Self.withStrings([executable] + arguments) { words in
      Self.withStrings(environment) {
        posix_spawn(&started, executable, &actions, &attributes, words, $0)
      }
    }
    guard code == 0 else { throw IsolationError.call("posix_spawn of \(executable)", code) }
    id = started
  }

  /// Ends it, whatever it is doing; nobody waits.
  func kill() {
    isReaped.withLock { isReaped in
      // Its number may belong to another process as soon as it has been waited for.
      if !isReaped { Foundation.kill(id, SIGKILL) }
    }
  }

  /// Waits for its end; to be called once.
  func wait() -> End {
    var information = siginfo_t()
    while waitid(P_PID, id_t(id), &information, WEXITED | WNOWAIT) != 0 && errno == EINTR {}
    return isReaped.withLock { isReaped in
      var status: Int32 = 0
      isReaped = true
      while waitpid(id, &status, 0) < 0 && errno == EINTR {}
      let signal = status & 0x7f
      return signal == 0 ? .exited((status >> 8) & 0xff) : .signalled(signal)
    }
  }

  private static func openFiles() -> [Int32] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
    return names.compactMap { Int32($0) }
  }

  private static func withStrings<Result>(
    _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
  ) -> Result {
    let copies = strings.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    return body(copies + [nil])
  }
}

extension ChildProcess.End {
  /// Half a sentence; `lastLine` is the last that the process wrote.
  func text(lastLine: String?) -> String {
    let quote = lastLine.map { ": \($0)" } ?? ""
    switch self {
    case .exited(let status): return "its process ended with status \(status)\(quote)"
    case .signalled(SIGABRT): return "its process aborted (signal \(SIGABRT))\(quote)"
    case .signalled(SIGKILL): return "its process was killed by signal \(SIGKILL) (KILL)"
    case .signalled(let number):
      let name = SystemError.signalName(number).map { " (\($0))" } ?? ""
      return "its process was ended by signal \(number)\(name)\(quote)"
    }
  }
}
