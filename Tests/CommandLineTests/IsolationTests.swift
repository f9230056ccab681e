import Foundation
import Testing

@Suite(.serialized) struct IsolationTests {
  private static let recipe = ["train", "mlp", "--steps", "200", "--json"]

  /// The weights' hash of a run that ends well.
  private func hash(_ run: RunningProgram, sourceLocation: SourceLocation = #_sourceLocation)
    throws -> String
  {
    let status = run.wait()
    #expect(status == 0, "\(run.errors)", sourceLocation: sourceLocation)
    return try #require(run.weightsHash, "\(run.errors)", sourceLocation: sourceLocation)
  }

  private func expected() throws -> String {
    try hash(RunningProgram(Self.recipe + ["--devices", "0"]))
  }

  @Test("processes of their own give the same weights, for halves of a device and for two vendors")
  func sameWeights() throws {
    let expected = try expected()
    for devices in ["0/2", "0,1"] {
      let run = try RunningProgram(Self.recipe + ["--devices", devices, "--isolate"])
      #expect(try hash(run) == expected, "\(devices)")
      #expect(!run.errors.contains("given up"))
    }
  }

  @Test("kernels for graphics processors give the same weights, in processes of their own too")
  func kernels() throws {
    let expected = try expected()
    for isolates in [false, true] {
      let run = try RunningProgram(
        Self.recipe + ["--devices", "0", "--kernels", "gpu"] + (isolates ? ["--isolate"] : []))
      #expect(try hash(run) == expected)
      #expect(!run.errors.contains("given up"))
    }
  }

  @Test("processes killed at any moment cost nothing but time; the run says which device and why")
  func killed() throws {
    let expected = try expected()
    for round in 0..<3 {
      let run = try RunningProgram(
        Self.recipe + ["--devices", round == 0 ? "0,1" : "0/2", "--isolate", "--retry", "0.3"])
      try run.waitForStep(2)
      // One and the same device, so that the other one is always there.
      for _ in 0..<3 {
        usleep(UInt32.random(in: 0..<600_000))
        if let child = run.replica(named: round == 0 ? "1" : "0/2[1]") { kill(child, SIGKILL) }
      }
      #expect(try hash(run) == expected)
      let name = round == 0 ? "1" : "0/2[1]"
      #expect(run.errors.contains("device \(name) was given up in step"))
      #expect(run.errors.contains("its process was killed by signal 9 (KILL)"))
      #expect(run.children.isEmpty)
    }
  }

  @Test("the end of a process is told by its signal")
  func ended() throws {
    let run = try RunningProgram(Self.recipe + ["--devices", "0/2", "--isolate"])
    try run.waitForStep(5)
    // Drivers handle most of the others themselves.
    kill(try #require(run.replica(named: "0/2[0]")), SIGALRM)
    _ = try hash(run)
    #expect(run.errors.contains("its process was ended by signal 14 (ALRM)"), "\(run.errors)")
  }

  @Test("when the last process is killed the run ends and says how far it was")
  func lastOne() throws {
    let run = try RunningProgram(Self.recipe + ["--devices", "0/2", "--isolate"])
    try run.waitForStep(5)
    for child in run.children { kill(child, SIGKILL) }
    #expect(run.wait() == 1)
    #expect(run.errors.contains("no device is left to train on"), "\(run.errors)")
    #expect(run.errors.contains("steps are committed"))
  }

  @Test("when the run is killed its processes are gone in a moment, and nothing is left behind")
  func parentKilled() throws {
    let before = try FileManager.default.contentsOfDirectory(atPath: "/dev/shm")
    let run = try RunningProgram(Self.recipe + ["--devices", "0/2", "--isolate"])
    try run.waitForStep(5)
    let children = run.children
    #expect(children.count == 2)
    run.send(SIGKILL)
    _ = run.wait()
    for _ in 0..<200 where children.contains(where: RunningProgram.isAlive) { usleep(10_000) }
    #expect(!children.contains(where: RunningProgram.isAlive))
    let after = try FileManager.default.contentsOfDirectory(atPath: "/dev/shm")
    #expect(after.filter { $0.hasPrefix("chorus-") && !before.contains($0) }.isEmpty)
  }

  @Test("Ctrl-C reaches the run alone, which saves what was trained")
  func interrupted() throws {
    let run = try RunningProgram(Self.recipe + ["--devices", "0/2", "--isolate"])
    try run.waitForStep(5)
    run.send(SIGINT)
    #expect(run.wait() == 130)
    #expect(!run.errors.contains("given up"), "\(run.errors)")
    #expect(run.weightsHash != nil)
  }
}
