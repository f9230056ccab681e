/// A cluster that does not exist yet: what a step would take on it.
///
/// The devices are virtual; scheduler, coordinator and reducer protocol are those of a real run.
public struct ClusterPlan: Sendable, Hashable {
  /// Devices of one kind.
  public struct Device: Sendable, Hashable {
    /// What they are called.
    public var name: String
    /// How many there are.
    public var count: Int
    /// Examples of one of them alone, without the fixed time.
    public var examplesPerSecond: Double
    /// Seconds of a portion that do not depend on the number of grains.
    public var fixedSeconds: Double
    /// Of the link, each way.
    public var bytesPerSecond: Double
    /// Times vary evenly by as much, up and down: 0.05 is 5 %.
    public var jitter: Double
    /// Whether its memory is the host's: nothing is copied.
    public var sharesMemory: Bool

    /// Devices of one kind.
    public init(
      name: String, count: Int = 1, examplesPerSecond: Double, fixedSeconds: Double = 0,
      bytesPerSecond: Double = 12e9, jitter: Double = 0.02, sharesMemory: Bool = false
    ) {
      self.name = name
      self.count = count
      self.examplesPerSecond = examplesPerSecond
      self.fixedSeconds = fixedSeconds
      self.bytesPerSecond = bytesPerSecond
      self.jitter = jitter
      self.sharesMemory = sharesMemory
    }
  }

  /// All devices, kind by kind.
  public var devices: [Device]
  /// Parameters of the model.
  public var parameterCount: Int
  /// Buckets that gradients travel in.
  public var bucketCount = 8
  /// Examples of a step.
  public var batchSize: Int
  /// Examples of a grain.
  public var grainSize: Int
  /// Most examples that a device takes at once.
  public var waveSize = 4096
  /// Steps that are simulated, after those in which the devices become known.
  public var stepCount = 50
  /// Of jitter.
  public var seed: UInt64 = 1
  /// What the host's memory gives the reducer.
  public var reducerBytesPerSecond = 20e9
  /// Faults, by the position of a device in the list, from 0.
  public var injections: [Injection] = []

  /// A plan.
  public init(devices: [Device], parameterCount: Int, batchSize: Int, grainSize: Int) {
    self.devices = devices
    self.parameterCount = parameterCount
    self.batchSize = batchSize
    self.grainSize = grainSize
  }

  /// Devices of all kinds together.
  public var deviceCount: Int { devices.reduce(0) { $0 + max(0, $1.count) } }

  /// The same with the first so many devices of the list, taken from the kinds in turn.
  public func limited(to count: Int) -> ClusterPlan {
    var plan = self
    for index in plan.devices.indices { plan.devices[index].count = 0 }
    var rest = min(count, deviceCount)
    while rest > 0 {
      for index in devices.indices
      where rest > 0 && plan.devices[index].count < devices[index].count {
        plan.devices[index].count += 1
        rest -= 1
      }
    }
    return plan
  }
}

/// What a plan comes to.
public struct ClusterEstimate: Sendable, Hashable, Codable {
  /// Devices.
  public var deviceCount: Int
  /// Of a step; the median.
  public var stepSeconds: Double
  /// Of the slowest step: with a fault, what it costs.
  public var longestStepSeconds: Double
  /// Examples of all devices together.
  public var examplesPerSecond: Double
  /// Throughput, of the sum of the devices' alone.
  public var efficiency: Double
  /// Seconds of a step in which no device computes: communication that nothing hides; the median.
  public var exposedSeconds: Double
  /// Of the coordinator on this host, for the split of a step; median and longest.
  public var splitSeconds: Double
  /// The longest.
  public var longestSplitSeconds: Double
  /// Of the coordinator, all decisions of a step together; the median.
  public var decisionSeconds: Double
  /// Its longest single decision.
  public var longestDecisionSeconds: Double
  /// Replicas that were given up.
  public var lostReplicas: Int
}
