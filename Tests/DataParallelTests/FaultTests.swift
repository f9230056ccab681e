import Chorus
import TestSupport
import Testing

/// What happens to devices changes no bit: the drill's faults, one by one.
@Suite(.serialized) struct FaultTests {
  private let recipe: TestRecipe

  init() throws {
    recipe = TestRecipe(
      graph: try Model.perceptron(classes: 10, widths: [24]).graph(),
      source: DrawnDigits.make(seed: 5, trainingCount: 100, heldOutCount: 10).training,
      batch: 48, grain: 4, steps: 9)
  }

  /// Trains on three replicas with faults.
  ///
  /// - Returns: What came out, and what the trainer told.
  private func train(
    _ faults: String..., replicas: Int = 3, change: (inout TrainerConfiguration) -> Void = { _ in }
  ) throws -> (outcome: TestOutcome, notices: [String]) {
    let devices = try testDevices().map(\.device)
    let participants = (0..<replicas).map {
      Participant(device: devices[$0 % devices.count], name: "r\($0)")
    }
    var configuration = try TrainerConfiguration(
      graph: recipe.graph, batch: recipe.batch, grain: recipe.grain, steps: recipe.steps,
      seed: recipe.seed, optimizer: recipe.optimizer)
    configuration.programCache = CacheFolder().programs
    configuration.patience = Patience(least: 0.5, factor: 10)
    configuration.retrySeconds = nil
    configuration.injections = try faults.map { try Injection($0) }
    change(&configuration)
    var notices: [String] = []
    let trainer = try Trainer(
      configuration, source: recipe.source, participants: participants,
      onNotice: { notices.append("\($0)") })
    let losses = try (0..<recipe.steps).map { _ in try trainer.step().loss }
    return (
      TestOutcome(losses: losses, weights: trainer.weights().sha256, averages: nil), notices
    )
  }

  @Test(
    "a device that fails, hangs, slows down or leaves changes no bit, and is named with its call",
    arguments: [
      ("error", "CL_OUT_OF_RESOURCES"), ("hang", "did not compute"), ("leave", "has left"),
      ("slow:4", nil),
    ])
  func faults(_ fault: String, _ reason: String?) throws {
    let expected = try recipe.train(on: Placements().alone())
    for device in ["r0", "1"] {
      // Every device has a share in every step, so the fault strikes in the one that it names.
      let run = try train("step=4 device=\(device) fault=\(fault)") {
        $0.split = .fixed([1, 1, 1])
      }
      #expect(run.outcome == expected, "\(fault) of \(device)")
      guard let reason else { continue }
      let name = device == "1" ? "r1" : device
      #expect(
        run.notices.contains {
          $0.contains("device \(name) was given up in step 4: ") && $0.contains(reason)
        },
        "\(run.notices)")
      #expect(
        run.notices.contains {
          $0.contains("are computed by the others") || $0.contains("is computed")
        })
    }
  }

  @Test("devices leave and return, and one joins that was not there, with the same bits")
  func returns() throws {
    let expected = try recipe.train(on: Placements().alone())
    let run = try train(
      "step=2 device=0 fault=leave", "step=5 device=0 fault=join", "step=4 device=2 fault=join",
      "step=7 device=1 fault=error")
    #expect(run.outcome == expected)
    #expect(
      run.notices.contains { $0.contains("device r0 takes part from step") }, "\(run.notices)")
    #expect(
      run.notices.contains { $0.contains("device r2 takes part from step") }, "\(run.notices)")
  }

  @Test("wrong bits are found by the audit, settled by a third device, and their maker is evicted")
  func audit() throws {
    let expected = try recipe.train(on: Placements().alone())
    for device in 0..<3 {
      let run = try train("step=3 device=\(device) fault=bits") { $0.auditInterval = 1 }
      // Audits take turns: until the device's turn comes its bits go unseen, so only losses up to then are equal.
      #expect(
        run.notices.contains {
          $0.contains("device r\(device) was given up") && $0.contains("its bits of grain")
        },
        "\(run.notices)")
      #expect(run.outcome.losses.prefix(3) == expected.losses.prefix(3))
    }
  }

  @Test(
    "two devices that disagree for good, and nobody else to ask, end the run and are both named")
  func undecided() throws {
    let error = #expect(throws: TrainingError.self) {
      try train("step=3 device=1 fault=bits", replicas: 2) { $0.auditInterval = 1 }
    }
    #expect(
      error.map { "\($0)" }?.contains("r0 and r1") == true
        || error.map { "\($0)" }?.contains("r1 and r0") == true)
  }

  @Test("a device in reserve settles what two others disagree about, and only that")
  func reserve() throws {
    let devices = try testDevices().map(\.device)
    var configuration = try TrainerConfiguration(
      graph: recipe.graph, batch: recipe.batch, grain: recipe.grain, steps: recipe.steps,
      seed: recipe.seed, optimizer: recipe.optimizer)
    configuration.programCache = CacheFolder().programs
    configuration.auditInterval = 1
    configuration.injections = [try Injection("step=3 device=1 fault=bits")]
    var notices: [String] = []
    let trainer = try Trainer(
      configuration, source: recipe.source,
      participants: (0..<3).map {
        Participant(device: devices[$0 % devices.count], name: "r\($0)", isReserve: $0 == 2)
      }, onNotice: { notices.append("\($0)") })
    for _ in 0..<recipe.steps { #expect(try trainer.step().replicaGrains[2] == 0) }
    #expect(notices.contains { $0.contains("device r1 was given up") }, "\(notices)")
  }

  @Test("when the last device fails, the committed weights are still there, computed on the host")
  func lastDevice() throws {
    for optimizer in [
      OptimizerSettings(.sgd(), rate: 0.05), OptimizerSettings(.adamW(), rate: 1e-3),
    ] {
      var short = recipe
      short.optimizer = optimizer
      short.steps = 5
      var configuration = try TrainerConfiguration(
        graph: recipe.graph, batch: recipe.batch, grain: recipe.grain, steps: 9, seed: recipe.seed,
        optimizer: optimizer)
      configuration.programCache = CacheFolder().programs
      configuration.retrySeconds = nil
      configuration.injections = [try Injection("step=6 device=0 fault=error")]
      let device = try testDevices()[0].device
      let trainer = try Trainer(
        configuration, source: recipe.source,
        participants: [Participant(device: device, name: "0")])
      let error = #expect(throws: TrainingError.self) {
        for _ in 0..<9 { try trainer.step() }
      }
      #expect(error.map { "\($0)" }?.contains("5 steps are committed") == true)
      #expect(trainer.stepCount == 5)
      // The rate follows the steps of the whole run, which is constant here.
      #expect(try trainer.weights().sha256 == short.train(on: Placements().alone()).weights)
    }
  }

  @Test("--inject is read, and what is no fault is refused with an example")
  func reading() throws {
    #expect(
      try Injection("step=5 device=0/2[1] fault=slow:4")
        == Injection(step: 5, device: "0/2[1]", kind: .slow(4)))
    for text in [
      "", "step=0 device=1 fault=error", "step=1 fault=error", "step=1 device=1 fault=slow",
      "step=1 device=1 fault=slow:0", "step=1 device=1 fault=rust",
      "step=1 step=2 device=1 fault=hang",
      "when=1 device=1 fault=hang",
    ] {
      let error = #expect(throws: InjectionError.self) { try Injection(text) }
      #expect(error?.description.contains("step=5 device=1 fault=error") == true)
    }
  }
}
