import Execution
import Foundation
import TestSupport
import Testing

// Every kernel, in the cases of the self-test, under Oclgrind, a simulated device that watches each memory access.
//
// Its check for uninitialised values (--uninitialized) stays off: version 21.10 takes memory that
// clEnqueueFillBuffer wrote for uninitialised, and cannot simulate LLVM's `freeze`, which its own compiler
// emits for our index arithmetic. BitsTests poisons the memory with NaN instead.
@Suite("Oclgrind", .enabled(if: Oclgrind.isExpected))
struct OclgrindTests {
  /// Oclgrind takes minutes for groups of many items: of the kernels for graphics processors, a few run always.
  private static let runs: [(name: String, variant: KernelVariant)] = {
    let names = SelfTestCase.allCases.map(\.rawValue) + ["widths"]
    let groups = runsLongTests ? names : [SelfTestCase.updates.rawValue]
    return names.map { ($0, .cpu) } + groups.map { ($0, .gpu) }
  }()

  @Test(
    "every kernel stays inside its buffers, races with none, and has the bits of all other devices",
    arguments: runs)
  func clean(_ name: String, _ variant: KernelVariant) throws {
    let result = try Oclgrind.run(name, variant.rawValue, options: ["--data-races"])
    #expect(result.status == 0)
    #expect(result.errors == "")
    // Not from Oclgrind's own --inst-counts: version 21.10 corrupts its memory with several programs.
    let ran = result.output.matches(of: /ran (\w+)/).map { String($0.1) }
    let kernels = SelfTestCase(rawValue: name)?.kernels ?? []
    #expect(Set(ran) == Set(kernels.map { variant.name(of: $0) ?? $0 }))
  }

  @Test(
    "a kernel with a fault is reported",
    arguments: [("out-of-bounds", "Invalid write"), ("race", "data race")])
  func fault(_ name: String, _ message: String) throws {
    let result = try Oclgrind.run(name, options: ["--data-races"])
    #expect(result.errors.contains(message))
    #expect(result.errors.contains("Kernel: fault"))
  }

  @Test("a kernel without a fault is not reported")
  func noFault() throws {
    let result = try Oclgrind.run("none", options: ["--data-races"])
    #expect(result.status == 0)
    #expect(result.errors == "")
  }
}

/// The simulator, and the program of this package that it runs.
private enum Oclgrind {
  /// Whether its absence is a failure: always where the tests require their runtimes.
  static let isExpected =
    (try? tool()) != nil || ProcessInfo.processInfo.environment["CHORUS_REQUIRE_RUNTIMES"] == "1"

  struct Result {
    let status: Int32
    let output: String
    let errors: String
  }

  struct Missing: Error, CustomStringConvertible {
    let description: String
  }

  /// Runs the probe on the simulated device alone.
  static func run(_ arguments: String..., options: [String]) throws -> Result {
    let tool = try tool()
    let process = Process()
    process.executableURL = tool.command
    process.arguments = options + [try probe().path] + arguments
    var environment = ProcessInfo.processInfo.environment
    // Oclgrind puts itself before libOpenCL.so by LD_PRELOAD; that does not reach a library opened at run
    // time, so the loader is told to take Oclgrind for its only driver.
    environment["OCL_ICD_VENDORS"] = tool.driver.path
    environment["OCL_ICD_FILENAMES"] = nil
    process.environment = environment
    let (output, errors) = (Pipe(), Pipe())
    (process.standardOutput, process.standardError) = (output, errors)
    let collector = Collector(errors.fileHandleForReading)
    try process.run()
    let text = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Result(
      status: process.terminationStatus, output: String(decoding: text, as: UTF8.self),
      // Its compiler counts warnings there, whose texts go to the build log.
      errors: String(decoding: collector.wait(), as: UTF8.self)
        .split(separator: "\n").filter { !$0.hasSuffix(" generated.") }.joined(separator: "\n"))
  }

  private static func tool() throws -> (command: URL, driver: URL) {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    for folder in path.split(separator: ":") {
      let command = URL(fileURLWithPath: String(folder)).appendingPathComponent("oclgrind")
      let driver = command.deletingLastPathComponent()
        .appendingPathComponent("../lib/oclgrind/liboclgrind-rt-icd.so").standardized
      if [command, driver].allSatisfy({ FileManager.default.fileExists(atPath: $0.path) }) {
        return (command, driver)
      }
    }
    throw Missing(description: "oclgrind is not installed; run `scripts/setup test`")
  }

  /// The probe lies beside the tests.
  private static func probe() throws -> URL {
    let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let probe = URL(fileURLWithPath: tests).deletingLastPathComponent()
      .appendingPathComponent("OclgrindProbe")
    guard FileManager.default.fileExists(atPath: probe.path) else {
      throw Missing(description: "\(probe.path) was not built")
    }
    return probe
  }
}

/// Reads a pipe on a thread of its own, so that a child that fills it does not wait for ever.
///
/// Sendable: the thread writes `data` before it signals, the owner reads it after it has waited.
private final class Collector: @unchecked Sendable {
  private let done = DispatchSemaphore(value: 0)
  private var data = Data()

  init(_ handle: FileHandle) {
    Thread { [self] in
      data = handle.readDataToEndOfFile()
      done.signal()
    }.start()
  }

  func wait() -> Data {
    done.wait()
    return data
  }
}
