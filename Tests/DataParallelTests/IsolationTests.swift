import Chorus
import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct IsolationTests {
  private let data = DrawnDigits.make(seed: 3, trainingCount: 640, heldOutCount: 100)

  private func configuration() throws -> TrainerConfiguration {
    var configuration = try TrainerConfiguration(
      graph: isolatedNetwork(), batch: 32, grain: 4, steps: 100_000, seed: 5,
      optimizer: OptimizerSettings(.adam(), rate: 0.001))
    configuration.retrySeconds = nil
    return configuration
  }

  private func participants() throws -> [Participant] {
    try DeviceInventory().entries.map { Participant(device: $0.device, name: "\($0.index)") }
  }

  /// The program lies beside the tests, in the same build folder.
  private func isolation(
    _ change: @escaping @Sendable (Participant) -> [String]
  ) throws -> Isolation {
    let tests = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
    let program = tests.deletingLastPathComponent().appendingPathComponent("AbortingReplica").path
    try #require(FileManager.default.isExecutableFile(atPath: program), "\(program) is not built")
    return Isolation(executable: program, arguments: change)
  }

  /// The weights after `steps` steps in this process.
  private func expected(steps: Int) throws -> String {
    let trainer = try Trainer(
      configuration(), source: data.training, participants: [participants()[0]])
    for _ in 0..<steps { try trainer.step() }
    return trainer.weights().sha256
  }

  @Test("replicas in processes of their own give the bits of those in this process, and evaluate")
  func sameBits() throws {
    var configuration = try configuration()
    configuration.isolation = try isolation { [$0.name] }
    let trainer = try Trainer(
      configuration, source: data.training, participants: participants())
    for _ in 0..<40 { try trainer.step() }
    #expect(try trainer.weights().sha256 == expected(steps: 40))
    let evaluation = try trainer.evaluate(data.heldOut)
    #expect(evaluation.countedCount == 100)
  }

  @Test(
    "a driver that really aborts is a fault like any other: the others go on, with the same bits")
  func abort() throws {
    let participants = try participants()
    guard participants.count > 1,
      let pocl = participants.first(where: {
        $0.device.platformName == "Portable Computing Language"
      })
    else { return }
    var configuration = try configuration()
    configuration.isolation = try isolation {
      [$0.name] + ($0.name == pocl.name ? ["aborts"] : [])
    }
    var notices: [String] = []
    let trainer = try Trainer(
      configuration, source: data.training, participants: participants,
      onNotice: { notices.append("\($0)") })
    let start = ContinuousClock.now
    while notices.isEmpty, ContinuousClock.now - start < .seconds(60) { try trainer.step() }
    let text = try #require(notices.first)
    #expect(text.contains("device \(pocl.name) was given up in step"))
    #expect(text.contains("its process aborted (signal 6): "), "\(text)")
    for _ in 0..<3 { try trainer.step() }
    #expect(try trainer.weights().sha256 == expected(steps: trainer.stepCount))
  }

  @Test("a process that builds another network, or cannot be started, is refused by name")
  func refused() throws {
    var configuration = try configuration()
    configuration.isolation = try isolation { [$0.name] }
    configuration.seed = 6
    try expectRefusal(configuration, "another network than that of the run")
    configuration.isolation = Isolation(executable: "/nowhere/chorus") { _ in [] }
    try expectRefusal(configuration, "/nowhere/chorus")
    configuration.isolation = Isolation(executable: "/bin/false") { _ in [] }
    try expectRefusal(configuration, "its process ended with status 1")
  }

  private func expectRefusal(
    _ configuration: TrainerConfiguration, _ words: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let participant = try participants()[0]
    let error = #expect(throws: TrainingError.self, sourceLocation: sourceLocation) {
      try Trainer(configuration, source: data.training, participants: [participant])
    }
    let text = error.map { "\($0)" } ?? ""
    #expect(text.contains(words), "\(text)", sourceLocation: sourceLocation)
  }
}
