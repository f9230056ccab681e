import Foundation
import Testing

/// The program `chorus` at work, with the processes that it has started.
final class RunningProgram {
  private let process = Process()
  private let scratch: Scratch

  /// Starts it with the arguments that stand behind `chorus`, and a folder for its run.
  init(_ arguments: [String]) throws {
    scratch = try Scratch()
    process.executableURL = try Program.program()
    process.arguments = arguments + ["--out", scratch.file("run")]
    for name in ["output", "errors"] {
      _ = FileManager.default.createFile(atPath: scratch.file(name), contents: nil)
    }
    process.standardOutput = FileHandle(forWritingAtPath: scratch.file("output"))
    process.standardError = FileHandle(forWritingAtPath: scratch.file("errors"))
    process.standardInput = FileHandle.nullDevice
    try process.run()
  }

  deinit { if process.isRunning { send(SIGKILL) } }

  private var output: String { text("output") }

  /// What it has written to standard error.
  var errors: String { text("errors") }

  private func text(_ name: String) -> String {
    (try? String(contentsOfFile: scratch.file(name), encoding: .utf8)) ?? ""
  }

  /// The hash that a run reports at its end.
  var weightsHash: String? {
    output.firstMatch(of: #/"weights_sha256":"([0-9a-f]{64})"/#).map { String($0.1) }
  }

  /// Waits until a step is done.
  func waitForStep(_ step: Int, sourceLocation: SourceLocation = #_sourceLocation) throws {
    for _ in 0..<6000 where process.isRunning {
      if output.split(separator: "\n").count(where: { $0.contains("\"step\"") }) >= step { return }
      usleep(10_000)
    }
    try #require(process.isRunning, "\(errors)", sourceLocation: sourceLocation)
  }

  /// Waits for its end.
  func wait() -> Int32 {
    process.waitUntilExit()
    return process.terminationStatus
  }

  func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

  /// The processes that it has started and that are alive, or not waited for.
  var children: [pid_t] {
    let tasks = "/proc/\(process.processIdentifier)/task"
    let threads = (try? FileManager.default.contentsOfDirectory(atPath: tasks)) ?? []
    return threads.flatMap { thread in
      let text = try? String(contentsOfFile: "\(tasks)/\(thread)/children", encoding: .utf8)
      return (text ?? "").split(separator: " ").compactMap { pid_t($0) }
    }
  }

  /// The process of a replica.
  func replica(named name: String) -> pid_t? {
    children.first { child in
      let data = FileManager.default.contents(atPath: "/proc/\(child)/cmdline") ?? Data()
      return data.split(separator: 0).contains { $0.elementsEqual(name.utf8) }
    }
  }

  /// Whether there is a process of this number that has not ended.
  static func isAlive(_ id: pid_t) -> Bool {
    guard let text = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8) else {
      return false
    }
    return text.split(separator: ")").last?.split(separator: " ").first != "Z"
  }
}
