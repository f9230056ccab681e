import Chorus
import Foundation
import TestSupport
import Testing

@Suite struct CheckpointTests {
  private let folder = NSTemporaryDirectory() + "chorus-checkpoint-tests-" + UUID().uuidString

  private func file(_ step: Int) -> String { folder + "/" + CheckpointStore.name(step: step) }

  private func names() -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
  }

  /// Runs `body` and removes the folder.
  private func scratch(_ body: () throws -> Void) throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body()
  }

  private func bytes(_ step: Int) throws -> [UInt8] {
    try [UInt8](Data(contentsOf: URL(fileURLWithPath: file(step))))
  }

  private func expectSame(_ left: TrainingState, _ right: TrainingState) {
    #expect(left.identity == right.identity && left.step == right.step)
    #expect(left.weights == right.weights && left.averages == right.averages)
    #expect(left.states.map(\.name) == right.states.map(\.name))
    #expect(left.states.map(\.values) == right.states.map(\.values))
    #expect(left.scaleExponents == right.scaleExponents && left.kernels == right.kernels)
    #expect(left.attachments == right.attachments)
  }

  @Test(
    "a run stopped at any step, also within an epoch, continues on other devices to the same bits")
  func resumes() throws {
    let run = try CheckpointCase()
    let placements = try Placements().all()
    let whole = try run.trainer(Placements().alone())
    let losses = try (0..<9).map { _ in try whole.step().loss }
    let (weights, averages) = (whole.weights().sha256, whole.weights(averaged: true).sha256)
    try scratch {
      let store = CheckpointStore(folder, keep: 2)
      for (index, stop) in [0, 1, 2, 3, 4, 7, 9].enumerated() {
        let first = try run.trainer(placements[index % placements.count])
        for _ in 0..<stop { try first.step() }
        try store.write(first.state())
        let state = try TrainingState(checkpoint: bytes(stop), file: "it")
        #expect(state.step == stop && state.scaleExponents.isEmpty == (stop == 0))
        #expect(state.cursor == (stop / 3, stop % 3 * 6))
        let second = try run.trainer(
          placements[(3 * index + 1) % placements.count], resuming: state)
        #expect(second.stepCount == stop)
        #expect(try (stop..<9).map { _ in try second.step().loss } == Array(losses[stop...]))
        #expect(second.weights().sha256 == weights, "stopped at \(stop)")
        #expect(second.weights(averaged: true).sha256 == averages, "stopped at \(stop)")
      }
    }
  }

  @Test("a file gives the same state back, and the last ones are kept")
  func roundTrip() throws {
    var state = try CheckpointCase().state(after: 2)
    state.attachments = [
      "a": Data([1, 2, 3]), "empty": Data(), "z": Data(repeating: 7, count: 200),
    ]
    try scratch {
      let store = CheckpointStore(folder, keep: 2)
      #expect(try store.latest(for: state.identity).state == nil)
      #expect(try store.write(state) == "checkpoint-00000002.chorus")
      let read = try store.latest(for: state.identity)
      #expect(read.notes.isEmpty)
      expectSame(try #require(read.state), state)
      // Values begin where vectors can read them in place.
      let header = try bytes(2)[16..<24].enumerated().reduce(0) { $0 | Int($1.1) << (8 * $1.0) }
      #expect((24 + header) % 64 == 0)
    }
  }

  @Test("a file that is cut off anywhere, or has one bit flipped anywhere, is refused by name")
  func damage() throws {
    let state = try CheckpointCase().state(after: 1)
    try scratch {
      try CheckpointStore(folder, keep: 1).write(state)
      let whole = try bytes(1)
      func expectRefused(_ bytes: [UInt8], _ what: String) {
        let error = #expect(throws: CheckpointError.self, "\(what)") {
          try TrainingState(checkpoint: bytes, file: "checkpoint-00000001.chorus")
        }
        #expect(error?.kind == .damaged, "\(what)")
        #expect(error?.description.contains("checkpoint-00000001.chorus is damaged (") == true)
      }
      let places = randomWords(400, seed: 1).map { Int($0) % whole.count }
      for length in Array(0..<100) + places + (whole.count - 40..<whole.count) {
        expectRefused(Array(whole[..<length]), "\(length) of \(whole.count) bytes")
      }
      for place in Array(0..<200) + places + (whole.count - 40..<whole.count) {
        var bytes = whole
        bytes[place] ^= 1 << (place % 8)
        expectRefused(bytes, "bit \(place % 8) of byte \(place)")
      }
      expectRefused(whole + [0], "a byte more")
      expectRefused([UInt8](repeating: 0, count: whole.count), "zeros")
    }
  }

  @Test("lengths and places in a header are not trusted, even where the hash is right")
  func forged() throws {
    let state = try CheckpointCase().state(after: 1)
    try scratch {
      try CheckpointStore(folder, keep: 1).write(state)
      let whole = try bytes(1)
      let changes: [(String, String)] = [
        ("\"byteCount\":", "\"byteCount\":9223372036854775807,\"x\":"),
        ("\"byteCount\":", "\"byteCount\":-4,\"x\":"),
        ("\"byteOffset\":", "\"byteOffset\":9223372036854775744,\"x\":"),
        ("\"byteOffset\":", "\"byteOffset\":-64,\"x\":"),
        ("\"shape\":[", "\"shape\":[4611686018427387904,4611686018427387904,"),
        ("\"shape\":[", "\"shape\":[-1,-1,"),
        ("\"batch\":", "\"batch\":0,\"x\":"),
        ("\"exampleCount\":", "\"exampleCount\":9223372036854775807,\"x\":"),
        ("\"step\":", "\"step\":9223372036854775807,\"x\":"), ("\"step\":", "\"step\":-1,\"x\":"),
        ("\"steps\":", "\"steps\":-9,\"x\":"),
        ("\"scaleExponents\":[", "\"scaleExponents\":[7,"),
        ("\"scaleExponents\":[", "\"scaleExponents\":[999],\"x\":["),
        ("\"sections\":[", "\"sections\":[\"weights\","),
        ("\"sections\":[", "\"sections\":[],\"x\":["),
        ("\"arrays\":[", "\"arrays\":[],\"x\":["), ("{\"arrays\"", "[\"arrays\""),
      ]
      for (old, new) in changes {
        let error = #expect(throws: CheckpointError.self, "\(new)") {
          try TrainingState(
            checkpoint: Forgery.change(whole, old, new), file: "checkpoint-00000001.chorus")
        }
        #expect(error?.kind == .damaged, "\(new)")
      }
      // The forger's hash itself is right.
      let same = try Forgery.change(whole, "\"step\":", "\"step\":1,\"x\":")
      #expect(try TrainingState(checkpoint: same, file: "it").step == 1)
      let long = Forgery.headerLength(whole, .max)
      #expect(throws: CheckpointError.self) { try TrainingState(checkpoint: long, file: "it") }
    }
  }

  @Test("the newest whole checkpoint is used, and each damaged one before it is named")
  func fallsBack() throws {
    let run = try CheckpointCase()
    try scratch {
      let store = CheckpointStore(folder, keep: 3)
      let trainer = try run.trainer(Placements().alone())
      for _ in 0..<4 {
        try trainer.step()
        try store.write(trainer.state())
      }
      #expect(store.steps == [2, 3, 4])
      try Data("CHORUSCP".utf8).write(to: URL(fileURLWithPath: file(4)))
      var flipped = try bytes(3)
      flipped[flipped.count / 2] ^= 4
      try Data(flipped).write(to: URL(fileURLWithPath: file(3)))
      let latest = try store.latest(for: trainer.identity)
      #expect(latest.state?.step == 2)
      #expect(
        latest.notes == [
          "checkpoint-00000004.chorus is damaged (it has only 8 bytes);"
            + " the one before is checkpoint-00000003.chorus",
          "checkpoint-00000003.chorus is damaged (its SHA-256 is not that of its content);"
            + " using checkpoint-00000002.chorus",
        ])
      // The run goes over the damaged ones again, and its own checkpoints are the ones that are kept.
      let again = try run.trainer(Placements().alone(), resuming: latest.state)
      try again.step()
      try store.write(again.state())
      #expect(store.steps == [2, 3, 4])
      #expect(try store.latest(for: trainer.identity).state?.step == 3)
      try Data().write(to: URL(fileURLWithPath: file(2)))
      try Data().write(to: URL(fileURLWithPath: file(3)))
      let none = try store.latest(for: trainer.identity)
      #expect(none.state == nil && none.notes.count == 3)
      #expect(none.notes.last?.contains("there is none before it") == true)
    }
  }

  @Test("what a dead process has half written is removed; other files stay")
  func leftovers() throws {
    try scratch {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      for name in ["checkpoint-00000007.chorus.partial", "notes.txt", "checkpoint-x.chorus"] {
        try Data("x".utf8).write(to: URL(fileURLWithPath: folder + "/" + name))
      }
      let store = CheckpointStore(folder, keep: 1)
      #expect(names() == ["checkpoint-x.chorus", "notes.txt"])
      #expect(store.steps.isEmpty)
    }
  }

  @Test("a checkpoint that cannot be written is an error, and the ones before it stay")
  func unwritable() throws {
    let run = try CheckpointCase()
    let state = try run.state(after: 1)
    try scratch {
      let store = CheckpointStore(folder, keep: 1)
      try store.write(state)
      // A folder in the place of the temporary file fails the opening, for root too.
      let later = try run.state(after: 2)
      let obstacle = file(2) + ".partial"
      try FileManager.default.createDirectory(atPath: obstacle, withIntermediateDirectories: true)
      let error = #expect(throws: CheckpointError.self) { try store.write(later) }
      #expect(error?.kind == .notWritten)
      #expect(error?.description.contains("checkpoint-00000002.chorus cannot be written") == true)
      #expect(try store.latest(for: state.identity).state?.step == 1)
      let writer = CheckpointWriter(store)
      writer.submit(later)
      let outcomes = writer.finish()
      #expect(outcomes.map(\.step) == [2] && outcomes.first?.problem != nil)
    }
  }

  @Test("the writer writes in the background, and of those that wait the newest")
  func writer() throws {
    let run = try CheckpointCase()
    let states = try (1...3).map { try run.state(after: $0) }
    try scratch {
      let writer = CheckpointWriter(CheckpointStore(folder, keep: 3))
      for state in states { writer.submit(state) }
      let outcomes = writer.finish()
      #expect(outcomes.last?.step == 3 && outcomes.allSatisfy { $0.problem == nil })
      #expect(writer.store.steps.last == 3)
      #expect(!writer.isBusy && writer.finish().isEmpty)
    }
  }

  @Test("another run is refused, with what is different")
  func otherRuns() throws {
    let run = try CheckpointCase()
    let state = try run.state(after: 1)
    func difference(
      _ change: (inout TrainerConfiguration) throws -> Void = { _ in },
      source: MemoryExamples? = nil
    ) throws -> String {
      var configuration = run.configuration
      try change(&configuration)
      let error = #expect(throws: TrainingError.self) {
        try Trainer(
          configuration, source: source ?? run.source,
          participants: Placements().alone().participants, resuming: state)
      }
      return error.map { "\($0)" } ?? ""
    }
    #expect(try difference { $0.batch = 8 }.contains("a batch of 6, but this run has 8"))
    #expect(try difference { $0.grain = 3 }.contains("a grain of 2, but this run has 3"))
    #expect(try difference { $0.seed = 9 }.contains("a seed of 3, but this run has 9"))
    #expect(try difference { $0.steps = 10 }.contains("a length in steps of 9"))
    #expect(try difference { $0.optimizer.rate = 0.5 }.contains("the optimizer"))
    #expect(try difference { $0.optimizer.averageDecay = nil }.contains("the optimizer"))
    let linear = try Model(input: [9, 10, 3]) {
      Flatten()
      Linear(7)
    }.graph()
    #expect(try difference { $0.graph = linear }.contains("of shape"))
    let graph = run.configuration.graph
    #expect(
      try difference(source: MemoryExamples(random: 18, for: graph, seed: 5)).contains("17"))
    #expect(
      try difference(source: MemoryExamples(random: 17, for: graph, seed: 6))
        .contains("other training examples"))
    let other = RunIdentity(run.configuration, source: run.source)
    var softer = run.configuration
    softer.graph = try run.softerLoss()
    #expect(
      RunIdentity(softer, source: run.source).difference(from: other)
        == "a network of other operations")
    // What changes no bit is no difference.
    var elsewhere = run.configuration
    (elsewhere.split, elsewhere.waveGrains, elsewhere.tiles) = (
      .random(seed: 1), 1, .random(seed: 2)
    )
    #expect(RunIdentity(elsewhere, source: run.source).difference(from: other) == nil)
  }
}
