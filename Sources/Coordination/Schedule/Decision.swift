/// One split of a batch: who gets what, what it is expected to take, and why it was chosen.
public struct Decision: Sendable, Equatable {
  /// What one replica gets, and what was known of it when the split was decided.
  public struct Share: Sendable, Equatable {
    /// The replica's id.
    public let replica: Int
    /// Its grains.
    public let grains: Int
    /// What they are expected to take.
    public let expectedSeconds: Double
    /// Relative spread of its recent measurements around what was expected.
    public let deviation: Double
    /// Seconds of its step that do not depend on the number of grains.
    public let fixedSeconds: Double
    /// Seconds of each further grain.
    public let secondsPerFurtherGrain: Double
    /// Measurements so far; none: what is expected is a first estimate.
    public let sampleCount: Int

    init(replica: Int, grains: Int, curve: TimeCurve) {
      self.replica = replica
      self.grains = grains
      expectedSeconds = curve.seconds(grains: grains)
      deviation = curve.deviation
      fixedSeconds = curve.fixedSeconds
      secondsPerFurtherGrain = curve.secondsPerFurtherGrain
      sampleCount = curve.sampleCount
    }
  }

  /// Why a split was chosen. Gains are shares of the step's time: 0.03 is 3 %.
  public enum Reason: Sendable, Equatable {
    /// The split is fixed or random: times do not count.
    case given
    /// The first split of so many grains over these replicas.
    case first
    /// The last split stays: no other would save enough.
    case kept(possibleGain: Double)
    /// It is expected to save this much over the last split.
    case changed(gain: Double)
  }

  /// One share per live replica, in the order of the grains.
  public let shares: [Share]
  /// Why this split.
  public let reason: Reason
  /// A replica of no use at last sight, which got a grain to see whether it still is.
  public let tried: Int?

  /// When the last replica is expected to finish.
  public var expectedSeconds: Double { shares.map(\.expectedSeconds).max() ?? 0 }

  /// All grains of the batch.
  public var grainCount: Int { shares.map(\.grains).reduce(0, +) }
}
