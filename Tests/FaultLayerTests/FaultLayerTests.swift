import Foundation
import Testing

// The fault layer must be there before a process's first OpenCL call, so every test is a process of its own.
@Suite("the fault layer") struct FaultLayerTests {
  @Test(
    "counts calls, and makes the chosen one fail, hang, or lie",
    arguments: [
      "count", "error", "hang", "bits", "memory", "lost", "event", "stall", "slow",
    ])
  func check(_ name: String) throws {
    guard let result = try Drill.run(["check", name]) else { return }
    #expect(result.output == "ok\n")
    #expect(result.errors == "")
    #expect(result.status == 0)
  }

  @Test("ends the process where that is asked for")
  func abort() throws {
    guard let result = try Drill.run(["check", "abort"]) else { return }
    #expect(result.status == SIGABRT)
    #expect(result.output == "")
  }

  @Test("is armed by the environment, for any program")
  func environment() throws {
    let result = try Drill.run(["check", "count"], environment: ["CHORUS_FAULT": "nonsense 1"])
    guard let result else { return }
    #expect(result.status == 2)
    #expect(result.errors.contains("is not KIND K"))
  }
}

/// The program of this package that makes OpenCL calls fail.
enum Drill {
  struct Result {
    let status: Int32
    let output: String
    let errors: String
  }

  struct Missing: Error, CustomStringConvertible {
    let description: String
  }

  /// Runs the drill; nil, after saying so, where this host's loader knows no layers and the tests do not require
  /// their runtimes.
  static func run(_ arguments: [String], environment: [String: String] = [:]) throws -> Result? {
    let process = Process()
    process.executableURL = try program()
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let (output, errors) = (Pipe(), Pipe())
    (process.standardOutput, process.standardError) = (output, errors)
    try process.run()
    // Errors are short: they do not fill their pipe while the output is read.
    let text = output.fileHandleForReading.readDataToEndOfFile()
    let complaints = String(
      decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    if complaints.contains("ignores OPENCL_LAYERS") {
      let advice = "this host's OpenCL loader knows no layers; install ocl-icd-libopencl1"
      guard ProcessInfo.processInfo.environment["CHORUS_REQUIRE_RUNTIMES"] != "1" else {
        throw Missing(description: advice)
      }
      print("The fault layer is not tested: \(advice)")
      return nil
    }
    return Result(
      status: process.terminationStatus, output: String(decoding: text, as: UTF8.self),
      errors: complaints)
  }

  /// It lies beside the tests.
  private static func program() throws -> URL {
    let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let program = URL(fileURLWithPath: tests).deletingLastPathComponent()
      .appendingPathComponent("FaultDrill")
    guard FileManager.default.fileExists(atPath: program.path) else {
      throw Missing(description: "\(program.path) was not built")
    }
    return program
  }
}
