import Foundation
import Testing

/// Runs the program `chorus` as a user does.
struct Program {
  let status: Int32
  let output: String
  let errors: String

  /// The lines of standard output as JSON objects.
  var events: [[String: Any]] {
    get throws {
      try output.split(separator: "\n").map { line in
        try #require(
          JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
      }
    }
  }

  /// Runs to the end.
  ///
  /// - Parameters:
  ///   - arguments: What stands behind `chorus`.
  ///   - environment: Variables to set.
  ///   - interruptAfter: Text on standard output after which SIGINT is sent.
  ///   - shell: A command of the shell to run first, in the same process, such as `ulimit -f 100`.
  /// - Throws: When it cannot be started.
  init(
    list arguments: [String], environment: [String: String] = [:], interruptAfter: String? = nil,
    shell: String? = nil
  ) throws {
    let process = Process()
    let program = try Self.program()
    if let shell {
      process.executableURL = URL(fileURLWithPath: "/bin/bash")
      process.arguments = ["-c", "\(shell); exec \"$0\" \"$@\"", program.path] + arguments
    } else {
      process.executableURL = program
      process.arguments = arguments
    }
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    // Files, not pipes: a full pipe would stop the program.
    let folder = try Scratch()
    let (out, err) = (folder.file("output"), folder.file("errors"))
    for file in [out, err] { _ = FileManager.default.createFile(atPath: file, contents: nil) }
    process.standardOutput = FileHandle(forWritingAtPath: out)
    process.standardError = FileHandle(forWritingAtPath: err)
    process.standardInput = FileHandle.nullDevice
    try process.run()
    if let interruptAfter {
      // Sent in any case after a while: the test then fails, and does not wait for ever.
      for _ in 0..<6000 where process.isRunning {
        if try String(contentsOfFile: out, encoding: .utf8).contains(interruptAfter) { break }
        usleep(20_000)
      }
      process.interrupt()
    }
    process.waitUntilExit()
    status = process.terminationStatus
    output = try String(contentsOfFile: out, encoding: .utf8)
    errors = try String(contentsOfFile: err, encoding: .utf8)
    #expect(process.terminationReason == .exit, "\(arguments) ended by a signal: \(errors)")
  }

  /// Runs to the end with the arguments that stand behind `chorus`.
  init(
    _ arguments: String..., environment: [String: String] = [:], interruptAfter: String? = nil
  ) throws {
    try self.init(list: arguments, environment: environment, interruptAfter: interruptAfter)
  }

  /// The program lies beside the tests, in the same build folder.
  static func program() throws -> URL {
    let tests = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
    let program = tests.deletingLastPathComponent().appendingPathComponent("chorus")
    try #require(
      FileManager.default.isExecutableFile(atPath: program.path), "\(program.path) is not built")
    return program
  }
}

/// A temporary folder that goes away with its owner.
final class Scratch {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "chorus-command-line-tests-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { path + "/" + name }

  /// Everything in the folder, at any depth, sorted.
  var contents: [String] {
    (FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []).sorted()
  }
}
