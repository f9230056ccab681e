import Foundation
import Glibc

/// Repeats the training in this process, each time with another call that fails.
struct Worker {
  let layer: FaultLayer
  let training: Training
  /// Which device is hit, by its place in the training; nil for any.
  let device: Int?
  /// How long a run may take in all.
  let limit: DispatchTimeInterval

  /// The hashes after each step without faults, after a warm-up that fills the program cache.
  func reference() throws -> [String] {
    let hashes = try training.hashes()
    settle()
    layer.reset()
    let end = try training.run()
    settle()
    guard end.error == nil, end.hash == hashes.last else {
      throw Failure(description: "two runs without a fault differ")
    }
    return hashes
  }

  /// Hits one call after another and writes a line each: its number, function and outcome.
  func run(_ kind: FaultKind, from start: Int, stride: Int) throws {
    let reference = try reference()
    let target = device.map { training.devices[$0] }
    let count = layer.count(kind, device: target)
    write("calls \(count)")
    for call in Swift.stride(from: start, through: count, by: stride) {
      write("begin \(call)")
      layer.reset()
      // Wrong bits come from a device that is broken, not from one accident: audits are samples.
      try layer.arm(
        kind, call: call, device: target, isSticky: kind.isCorruption)
      let outcome = outcome(reference, broken: kind.isCorruption ? device : nil)
      let name = layer.hits() == 0 ? "none" : layer.name()
      write("end \(call) \(name) \(outcome)")
      layer.reset()
      settle()
    }
    write("done")
  }

  /// Waits until what a run left behind makes no calls any more: they would be counted as the next one's.
  private func settle() {
    var (count, quiet) = (layer.count(.error), 0)
    for _ in 0..<1000 where quiet < 3 {
      usleep(2000)
      let now = layer.count(.error)
      quiet = now == count ? quiet + 1 : 0
      count = now
    }
  }

  private func outcome(_ reference: [String], broken: Int?) -> String {
    let run = Run(training)
    if run.wait(limit) == .success { return run.outcome(reference, broken: broken) }
    write("stuck")
    exit(3)
  }
}

/// One training on a thread of its own.
///
/// Sendable: the thread writes `result` before it signals, the owner reads it after it has waited.
private final class Run: @unchecked Sendable {
  private let ended = DispatchSemaphore(value: 0)
  private var result: Result<Training.End, any Error> = .failure(
    Failure(description: "did not end"))

  init(_ training: Training) {
    Thread { [self] in
      result = Result { try training.run() }
      ended.signal()
    }.start()
  }

  func wait(_ limit: DispatchTimeInterval) -> DispatchTimeoutResult {
    ended.wait(timeout: .now() + limit)
  }

  /// Words in capitals are failures of the drill.
  ///
  /// - Parameters:
  ///   - reference: The right hashes, after each number of steps.
  ///   - broken: The device that computes wrong bits, if one does.
  /// - Returns: One line.
  func outcome(_ reference: [String], broken: Int?) -> String {
    switch result {
    case .success(let end):
      let told = end.notices.first.map { " (\($0))" } ?? ""
      // A run that never began has no weights to be wrong.
      guard end.hash == (end.hash.isEmpty ? "" : reference[end.step]) else {
        // Audits are samples: they name a device, and since when its bits may be wrong.
        if let broken, end.guilty == [broken] { return "late\(told)".oneLine }
        return "WRONG weights after step \(end.step)\(told)".oneLine
      }
      return (end.error.map { "stopped: \($0)" } ?? "same" + told).oneLine
    case .failure(let error): return "WRONG: threw \(error)".oneLine
    }
  }
}

extension String {
  fileprivate var oneLine: String { replacing("\n", with: " ") }
}

/// Writes a line at once: the process may not live to do so later.
func write(_ line: String) {
  FileHandle.standardOutput.write(Data((line + "\n").utf8))
}
