import Foundation

/// Runs workers in child processes, so that the call that ends one does not end the drill.
struct Drill {
  let kind: FaultKind
  let stride: Int
  /// Passed on: which device is hit, and which devices train.
  let options: [String]

  /// Writes every call's outcome and a summary.
  ///
  /// - Returns: Whether no run gave other weights, crashed or got stuck.
  /// - Throws: `Failure` if a worker cannot do its work.
  func run() throws -> Bool {
    var outcomes: [String: Int] = [:]
    var next = 1
    while next > 0 {
      let lines = try worker(from: next)
      var begun = 0
      for line in lines.output {
        let words = line.split(separator: " ", maxSplits: 3).map(String.init)
        if words[0] == "begin" { begun = Int(words[1]) ?? 0 }
        guard words[0] == "end", words.count == 4 else { continue }
        let missed = words[2] == "none"
        outcomes[missed ? "not reached" : Self.summary(words[3]), default: 0] += 1
        begun = 0
      }
      if lines.output.last == "done" { break }
      guard begun > 0 else {
        throw Failure(description: "the worker ended with status \(lines.status)")
      }
      let end = lines.output.last == "stuck" ? "STUCK" : "CRASH (status \(lines.status))"
      write("\(begun) ? \(end)")
      outcomes[end, default: 0] += 1
      next = begun + stride
    }
    for (outcome, count) in outcomes.sorted(by: { $0.key < $1.key }) {
      write("\(kind.rawValue): \(count) \(outcome)")
    }
    return !outcomes.keys.contains { $0.first?.isUppercase == true }
  }

  /// Texts name call and buffer, of which there are many.
  private static func summary(_ outcome: String) -> String {
    for kind in ["WRONG", "stopped", "late", "same (", "same"] where outcome.hasPrefix(kind) {
      return kind == "same (" ? "same, a device given up" : kind
    }
    return outcome
  }

  private func worker(from start: Int) throws -> (output: [String], status: Int32) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = ["worker", kind.rawValue, "\(stride)", "\(start)"] + options
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    // Line by line: a drill takes minutes.
    var (lines, rest) = ([String](), "")
    while case let data = pipe.fileHandleForReading.availableData, !data.isEmpty {
      var parts = (rest + String(decoding: data, as: UTF8.self)).split(
        separator: "\n", omittingEmptySubsequences: false)
      rest = parts.popLast().map(String.init) ?? ""
      for part in parts where !part.isEmpty {
        lines.append(String(part))
        if part.hasPrefix("end ") { write(String(part.dropFirst(4))) }
      }
    }
    process.waitUntilExit()
    return (lines, process.terminationStatus)
  }
}
