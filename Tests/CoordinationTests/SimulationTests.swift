import Coordination
import Testing

/// The engine on virtual devices: every seed draws devices, speeds, links and faults.
@Suite("Simulation") struct SimulationTests {
  @Test("no seed breaks an invariant", arguments: 0..<8)
  func seeds(part: Int) throws {
    var faults = 0
    for seed in UInt64(1)...4000 where seed % 8 == UInt64(part) {
      faults += try Simulation(seed: seed).run().faults.count
    }
    // Runs without faults would prove little.
    #expect(faults > 300)
  }

  @Test("a seed replays event by event")
  func replay() throws {
    var logs: Set<UInt64> = []
    for seed in UInt64(1)...100 {
      let report = try Simulation(seed: seed).run()
      #expect(try Simulation(seed: seed).run() == report)
      logs.insert(report.log)
    }
    #expect(logs.count == 100)
  }

  @Test("most runs come to their end, and every kind of fault is met")
  func kinds() throws {
    var (complete, failed, silent, wrong) = (0, 0, 0, 0)
    for seed in UInt64(1)...400 {
      let report = try Simulation(seed: seed).run()
      if report.committedSteps == report.stepCount { complete += 1 }
      for fault in report.faults {
        switch fault {
        case .failed: failed += 1
        case .silent: silent += 1
        case .wrongBits, .wrongState: wrong += 1
        }
      }
    }
    #expect(complete > 360)
    #expect(min(failed, silent, wrong) > 10)
  }
}

/// Virtual steps on clusters of a known make.
@Suite("Cluster plan") struct ClusterPlanTests {
  private func plan(_ devices: [ClusterPlan.Device], grains: Int) -> ClusterPlan {
    var plan = ClusterPlan(
      devices: devices, parameterCount: 1_000_000, batchSize: 8 * grains, grainSize: 8)
    plan.stepCount = 20
    return plan
  }

  @Test("equal devices with fast links scale")
  func scaling() throws {
    let device = ClusterPlan.Device(name: "equal", count: 4, examplesPerSecond: 1000, jitter: 0)
    let estimate = try plan([device], grains: 128).estimate()
    #expect(estimate.efficiency > 0.95 && estimate.efficiency <= 1.001)
    #expect(estimate.lostReplicas == 0)
  }

  @Test("a slow device is given less, and does not hold the others up")
  func mixed() throws {
    let devices = [
      ClusterPlan.Device(name: "fast", examplesPerSecond: 1000, jitter: 0),
      ClusterPlan.Device(name: "slow", examplesPerSecond: 250, jitter: 0),
    ]
    #expect(try plan(devices, grains: 200).estimate().efficiency > 0.95)
  }

  @Test("idle devices take over from one that is slow from the middle of a run on")
  func tail() throws {
    let device = ClusterPlan.Device(name: "equal", count: 4, examplesPerSecond: 1000, jitter: 0)
    var plan = plan([device], grains: 256)
    plan.waveSize = 32
    plan.injections = [try Injection("step=10 device=1 fault=slow:8")]
    let estimate = try plan.estimate()
    // Alone with its share it would take 8 times as long.
    #expect(estimate.longestStepSeconds < 4 * 8 * 256 / 4000)
  }

  @Test(
    "a step goes on without a device that is lost in it",
    arguments: ["error", "hang", "leave", "bits"])
  func fault(kind: String) throws {
    let device = ClusterPlan.Device(name: "equal", count: 4, examplesPerSecond: 1000, jitter: 0)
    var plan = plan([device], grains: 64)
    plan.injections = [try Injection("step=5 device=1 fault=\(kind)")]
    #expect(try plan.estimate().lostReplicas == 1)
  }

  @Test("1,024 devices: a decision takes less than 10 ms")
  func many() throws {
    let device = ClusterPlan.Device(name: "many", count: 1024, examplesPerSecond: 1000)
    var plan = plan([device], grains: 32 * 1024)
    plan.stepCount = 4
    let estimate = try plan.estimate()
    #expect(estimate.deviceCount == 1024)
    // The median, for this machine may be busy.
    #expect(estimate.splitSeconds < 0.010)
  }
}
