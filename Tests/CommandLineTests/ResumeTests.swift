import Foundation
import TestSupport
import Testing

/// `chorus train --resume`.
@Suite struct ResumeTests {
  /// 7 steps in an epoch of 200 examples, which the last one fills only in part.
  private static let recipe = """
    [model]
    name = "perceptron"
    widths = [96, 33]
    dropout = 0.1
    [data]
    source = "digits"
    examples = 250
    training_share = 0.8
    [optimizer]
    name = "adamw"
    learning_rate = 0.002
    clip_norm = 1.0
    ema_decay = 0.95
    [schedule]
    name = "cosine"
    [training]
    batch = 32
    grain = 4
    steps = 300
    """

  private let scratch: Scratch
  private let file: String
  private var folder: String { scratch.file("run") }

  init() throws {
    scratch = try Scratch()
    file = scratch.file("small.toml")
    try Data(Self.recipe.utf8).write(to: URL(fileURLWithPath: file))
  }

  /// The arguments of a run that begins.
  private func begin(_ folder: String? = nil) -> [String] {
    ["train", file, "--json", "--out", folder ?? self.folder, "--checkpoint-every", "3"]
  }

  private func resume(_ arguments: String...) throws -> Program {
    try Program(list: ["train", "--json", "--resume", folder] + arguments)
  }

  private func hash(_ run: Program) throws -> String {
    #expect(run.status == 0, "\(run.errors)")
    return try #require(run.events.last?["weights_sha256"] as? String)
  }

  private func summary(_ folder: String) throws -> [String: Any] {
    let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/summary.json"))
    return try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  private var checkpoints: [String] {
    scratch.contents.filter { $0.hasPrefix("run/checkpoints/") }
  }

  private var completeCheckpoints: Set<String> {
    Set(checkpoints.filter { $0.hasSuffix(".chorus") && !$0.contains("partial") })
  }

  /// The hash of the run in one piece, in a folder of its own.
  private func whole() throws -> String {
    try hash(try Program(list: begin(scratch.file("whole")) + ["--devices", "0"]))
  }

  /// The fields of a summary that do not depend on where and how fast the run was.
  private func expectSameSummary() throws {
    let (this, whole) = (try summary(folder), try summary(scratch.file("whole")))
    for key in ["lossCurve", "epochs", "heldOut", "parameters", "last_weights_sha256"] {
      #expect(this[key] as? NSObject == whole[key] as? NSObject, "\(key)")
    }
    #expect(this["interrupted"] as? Bool == false)
    #expect((this["lossCurve"] as? [Double])?.count == 300)
  }

  @Test("killed at 20 random moments and resumed on other devices each time: the same SHA-256")
  func kills() throws {
    let count = try testDevices().count
    let expected = try whole()
    let places = ["0", "0/2", "\(count - 1)", "0,0"]
    var random = SeededGenerator(state: 20)
    var first = begin()
    var steps: Set<Int> = []
    for kill in 0..<20 {
      let arguments =
        (first.isEmpty ? ["train", "--json", "--resume", folder] : first)
        + ["--devices", places[kill % places.count]]
      // Some kills come while the program starts, most while it trains, some of these not before it has saved
      // something new.
      let events = kill % 4 == 3 ? 0 : 1 + Int(random.next() % 5)
      let before = completeCheckpoints
      let run = try KilledProgram(
        arguments, after: events, events: "\"event\":\"step\"",
        microseconds: UInt32(random.next() % (events == 0 ? 300_000 : 20_000)),
        notBefore: { [scratch] in
          // Nothing can be resumed before there is a record.
          guard FileManager.default.fileExists(atPath: scratch.file("run/run.json")) else {
            return false
          }
          return kill % 4 != 1 || !completeCheckpoints.subtracting(before).isEmpty
        })
      #expect(run.wasKilled, "kill \(kill): the run ended by itself: \(run.errors)")
      first = []
      steps.formUnion(run.resumedSteps)
      #expect(completeCheckpoints.count <= 4)
    }
    // They met the run at several places: the five kills after which something new was there.
    #expect(steps.count >= 5, "\(steps.sorted())")
    let last = try resume("--devices", "0")
    #expect(try hash(last) == expected)
    try expectSameSummary()
    #expect(checkpoints.count == 3 && !checkpoints.contains { $0.contains("partial") })
    let again = try resume()
    #expect(try hash(again) == expected)
    #expect(again.errors.contains("is finished") && again.errors.contains("nothing to do"))
  }

  @Test("a damaged newest checkpoint is named, and the one before it is used: the same SHA-256")
  func damaged() throws {
    let expected = try whole()
    let killed = try KilledProgram(
      begin() + ["--devices", "0"], after: 25, events: "\"event\":\"step\"", microseconds: 0)
    #expect(killed.wasKilled)
    let names = checkpoints.filter { $0.hasSuffix(".chorus") }
    try #require(names.count >= 2)
    let newest = scratch.file(names[names.count - 1])
    var bytes = try Data(contentsOf: URL(fileURLWithPath: newest))
    bytes[bytes.count / 3] ^= 0x10
    try bytes.write(to: URL(fileURLWithPath: newest))
    let resumed = try resume("--devices", "0/2")
    let (damaged, before) = (
      try #require(names[names.count - 1].split(separator: "/").last),
      try #require(names[names.count - 2].split(separator: "/").last)
    )
    #expect(resumed.errors.contains("\(damaged) is damaged"), "\(resumed.errors)")
    #expect(resumed.errors.contains("using \(before)"), "\(resumed.errors)")
    #expect(try hash(resumed) == expected)
    try expectSameSummary()
  }

  @Test("Ctrl-C in the middle of an epoch writes a checkpoint, and the run continues elsewhere")
  func interrupted() throws {
    let expected = try whole()
    let run = try Program(
      list: begin() + ["--devices", "0", "--checkpoint-every", "1000"],
      interruptAfter: "\"step\":10}")
    #expect(run.status == 130, "\(run.errors)")
    #expect(run.errors.contains("--resume \(folder)"), "\(run.errors)")
    #expect(checkpoints.count == 1)
    #expect(try summary(folder)["interrupted"] as? Bool == true)
    // A new run does not take the place of one that can be continued.
    let other = try Program(list: begin())
    #expect(other.status == 2 && other.errors.contains("not finished"), "\(other.errors)")
    let resumed = try resume("--devices", "0/2", "--split", "1:3")
    #expect(try hash(resumed) == expected)
    try expectSameSummary()
    let steps = try #require(try summary(folder)["resumedAfter"] as? [Int])
    #expect(steps.count == 1 && steps[0] >= 10)
  }

  @Test("a run that was killed before its first checkpoint begins at its first step")
  func beforeFirst() throws {
    let expected = try whole()
    let killed = try KilledProgram(
      ["train", file, "--json", "--out", folder, "--devices", "0", "--checkpoint-every", "1000"],
      after: 2, events: "\"event\":\"step\"", microseconds: 0)
    #expect(killed.wasKilled)
    let resumed = try resume()
    #expect(resumed.errors.contains("begins at its first step"), "\(resumed.errors)")
    #expect(try hash(resumed) == expected)
  }

  @Test("a disk that is full when a checkpoint is written is reported, and training goes on")
  func fullDisk() throws {
    let expected = try whole()
    // The checkpoint has four arrays, 1.3 MB; a file with one of them, 316 KB, can be written.
    let run = try Program(list: begin() + ["--devices", "0"], shell: "ulimit -f 600")
    #expect(run.errors.contains("checkpoint-00000003.chorus cannot be written"), "\(run.errors)")
    #expect(run.errors.contains("training goes on"))
    #expect(try hash(run) == expected)
    #expect(checkpoints.isEmpty)
  }

  @Test("a run that has changed since is refused, with what is different")
  func changed() throws {
    let run = try Program(
      list: begin() + ["--devices", "0"], interruptAfter: "\"step\":10}")
    #expect(run.status == 130, "\(run.errors)")
    let copy = folder + "/recipe.toml"
    let text = try String(contentsOfFile: copy, encoding: .utf8)
    try Data(text.replacingOccurrences(of: "grain = 4", with: "grain = 8").utf8)
      .write(to: URL(fileURLWithPath: copy))
    let resumed = try resume()
    #expect(resumed.status == 2)
    #expect(resumed.errors.contains("a grain of 4, but this run has 8"), "\(resumed.errors)")
  }

  @Test(
    "what cannot be resumed, or not like that, is refused with a sentence",
    arguments: [
      (["--resume", "/nonexistent"], ["/nonexistent", "run.json"]),
      (["--resume", "runs/x", "--batch", "8"], ["--resume runs/x", "--batch"]),
      (["--resume", "runs/x", "lenet"], ["--resume runs/x", "a recipe"]),
      (["--resume", "runs/x", "--prove", "3"], ["--prove"]),
      (["--checkpoint-every", "0"], ["--checkpoint-every 0", "at least 1"]),
      (["--keep", "0"], ["--keep 0", "at least 1"]),
    ])
  func refused(_ arguments: [String], _ names: [String]) throws {
    let run = try Program(list: ["train"] + arguments)
    #expect(run.status == 2, "\(run.errors)")
    for name in names { #expect(run.errors.contains(name), "\(run.errors)") }
  }
}

/// A run of the program that is ended with SIGKILL.
struct KilledProgram {
  /// Whether it was still running then.
  let wasKilled: Bool
  let errors: String
  /// The steps after which it was resumed, as it said.
  let resumedSteps: [Int]

  /// Starts the program and kills it.
  ///
  /// - Parameters:
  ///   - arguments: What stands behind `chorus`.
  ///   - count: Events on standard output to wait for.
  ///   - event: The text that counts as one.
  ///   - microseconds: Time from there to the kill.
  ///   - isReady: What must hold before.
  /// - Throws: When it cannot be started.
  init(
    _ arguments: [String], after count: Int, events event: String, microseconds: UInt32,
    notBefore isReady: () -> Bool = { true }
  ) throws {
    let folder = try Scratch()
    let (out, err) = (folder.file("output"), folder.file("errors"))
    for file in [out, err] { _ = FileManager.default.createFile(atPath: file, contents: nil) }
    let process = Process()
    process.executableURL = try Program.program()
    process.arguments = arguments
    process.standardOutput = FileHandle(forWritingAtPath: out)
    process.standardError = FileHandle(forWritingAtPath: err)
    process.standardInput = FileHandle.nullDevice
    try process.run()
    func text() throws -> String { try String(contentsOfFile: out, encoding: .utf8) }
    // At most a minute: the test then fails, and does not wait for ever.
    for _ in 0..<30_000 where process.isRunning {
      if try isReady() && (count == 0 || text().components(separatedBy: event).count > count) {
        break
      }
      usleep(2000)
    }
    usleep(microseconds)
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    wasKilled = process.terminationReason == .uncaughtSignal
    errors = try String(contentsOfFile: err, encoding: .utf8)
    resumedSteps = errors.components(separatedBy: "continuing after step ").dropFirst()
      .compactMap { Int($0.prefix { $0.isNumber }) }
  }
}

/// A generator whose numbers are the same in each run of the tests: splitmix64.
struct SeededGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
