import Foundation

/// Words for the system's numbers.
enum SystemError {
  /// The system's own sentence for an `errno`.
  static func text(_ code: Int32) -> String {
    String(cString: strerror(code)) + " (\(code))"
  }

  /// A signal's name without `SIG`.
  static func signalName(_ number: Int32) -> String? {
    switch number {
    case SIGABRT: "ABRT"
    case SIGALRM: "ALRM"
    case SIGBUS: "BUS"
    case SIGFPE: "FPE"
    case SIGHUP: "HUP"
    case SIGILL: "ILL"
    case SIGINT: "INT"
    case SIGKILL: "KILL"
    case SIGQUIT: "QUIT"
    case SIGSEGV: "SEGV"
    case SIGSYS: "SYS"
    case SIGTERM: "TERM"
    case SIGTRAP: "TRAP"
    default: nil
    }
  }
}
