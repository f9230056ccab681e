/// Gives a grain now and then to replicas that get none.
///
/// A replica too slow to help gets no grains, so nobody would see it recover. It is tried again after
/// 20 decisions without grains, then 40, and so on. One replica per step is tried, no more; and if
/// its grain holds up the step, so seldom that all trying together costs about 2 %.
struct Probes: Sendable {
  private var idleDecisions: [Int] = []
  private var patience: [Int] = []

  private static let firstPatience = 20
  private static let maximumPatience = 1280
  /// One step in 50 may take twice its time.
  private static let stepsPerProbe = 50.0
  /// One that is new, or has returned, is tried at its second decision, whatever is expected of it.
  private static let patienceWithUnmeasured = 2

  mutating func add() {
    idleDecisions.append(0)
    patience.append(Self.firstPatience)
  }

  mutating func reset(_ replica: Int) {
    idleDecisions[replica] = 0
    patience[replica] = Self.firstPatience
  }

  /// The index in `live` of the replica to be tried in this step; counts the decision.
  mutating func next(counts: [Int], live: [Int], curves: [TimeCurve]) -> Int? {
    let stepSeconds = expectedSeconds(counts, live.map { curves[$0] })
    let idleCount = counts.count { $0 == 0 }
    var due: (index: Int, overdue: Int)?
    for (index, replica) in live.enumerated() {
      guard counts[index] == 0 else {
        reset(replica)
        continue
      }
      idleDecisions[replica] += 1
      let delay = curves[replica].seconds(grains: 1) / stepSeconds - 1
      let budget = Self.stepsPerProbe * Double(idleCount) * delay
      let overdue = idleDecisions[replica] - wait(replica, curves[replica], budget: budget)
      if overdue >= 0, due.map({ overdue > $0.overdue }) ?? true { due = (index, overdue) }
    }
    guard let due, stepSeconds > 0 else { return nil }
    let replica = live[due.index]
    idleDecisions[replica] = 0
    patience[replica] = min(2 * patience[replica], Self.maximumPatience)
    return due.index
  }

  /// Decisions without grains before the replica is tried; as many as `budget` at least.
  private func wait(_ replica: Int, _ curve: TimeCurve, budget: Double) -> Int {
    guard !curve.isUnmeasured else { return Self.patienceWithUnmeasured }
    return budget < 1e9 ? max(patience[replica], Int(budget)) : 1_000_000_000
  }
}
