/// One run of the whole engine on virtual devices, drawn from a seed and checked after every event.
///
/// Devices, speeds, links, batches and faults are drawn; the coordinator and the scheduler are those of a real run.
/// The same seed gives the same run, so one that breaks an invariant can be seen again.
public struct Simulation: Sendable {
  /// What a run came to.
  public struct Report: Sendable, Hashable {
    /// Steps that were committed.
    public let committedSteps: Int
    /// Steps that were wanted.
    public let stepCount: Int
    /// Virtual devices.
    public let deviceCount: Int
    /// Virtual events.
    public let eventCount: Int
    /// Replicas that were given up.
    public let faults: [Fault]
    /// Whether wrong bits were committed: no audit was to look at them.
    public let isTainted: Bool
    /// A digest of the final weights.
    public let weights: UInt64
    /// A digest of every event and every decision, in order.
    public let log: UInt64
    /// Virtual time.
    public let seconds: Seconds
  }

  let scenario: Scenario
  let seed: UInt64?

  /// A run that is drawn from a seed.
  public init(seed: UInt64) {
    self.seed = seed
    scenario = Scenario(seed: seed)
  }

  init(_ scenario: Scenario) {
    seed = nil
    self.scenario = scenario
  }

  /// Runs to the end, and throws `InvariantViolation` if an invariant breaks.
  public func run() throws -> Report {
    let cluster = VirtualCluster(scenario, seed: seed)
    let isComplete = try cluster.run()
    let final = cluster.weights[cluster.step]
    if !cluster.isTainted, final != cluster.referenceWeights {
      throw cluster.violation("the weights are not those of one device without faults")
    }
    if !isComplete, cluster.outcome == .noReplicaLeft {
      guard
        cluster.devices.indices.allSatisfy({ cluster.isOut[$0] || scenario.devices[$0].isReserve })
      else { throw cluster.violation("the run ends while replicas are left") }
    }
    return Report(
      committedSteps: cluster.step, stepCount: scenario.stepCount,
      deviceCount: scenario.devices.count, eventCount: cluster.tally.eventCount,
      faults: cluster.tally.faults, isTainted: cluster.isTainted, weights: final,
      log: cluster.log.digest, seconds: cluster.now)
  }
}
