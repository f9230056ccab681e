import Coordination
import Testing

/// A coordinator that is driven by hand: every order is answered, with the bits of a device's own.
@Suite("Audit verdicts") struct AuditScenarioTests {
  /// Trains one audited step of one bucket.
  ///
  /// - Parameters:
  ///   - bits: What a device answers to its first, second, … order of a digest; the last is repeated.
  ///   - reserves: Which devices are in reserve.
  /// - Returns: What became of the step and its devices.
  private func outcome(bits: [[UInt8]], reserves: Set<Int> = []) -> [Action] {
    var coordinator = Coordinator(.measured, bucketCount: 1)
    for id in bits.indices {
      _ = coordinator.add(
        expectedSecondsPerGrain: 1, waveGrains: 8, isReserve: reserves.contains(id))
      coordinator.admit(id, now: 0)
    }
    var asked = bits.map { _ in 0 }
    var notable: [Action] = []
    var now = 0.0
    func settle() {
      while true {
        let actions = coordinator.takeActions()
        guard !actions.isEmpty else { return }
        for action in actions {
          now += 0.001
          switch action {
          case .send(let order):
            if case .compute(let portion) = order.work {
              if portion.digests {
                let answers = bits[order.replica]
                let bit = answers[min(asked[order.replica], answers.count - 1)]
                asked[order.replica] += 1
                coordinator.handle(.digest(order: order.id, digest: [bit]), now: now)
              }
              if portion.delivers {
                coordinator.handle(.delivered(order: order.id, bucket: 0), now: now)
              }
            }
            if order.work == .deliver {
              coordinator.handle(.delivered(order: order.id, bucket: 0), now: now)
            }
            coordinator.handle(.completed(order: order.id, seconds: 0.001), now: now)
          case .reduce(let bucket, _, let epoch):
            coordinator.handle(.reduced(bucket: bucket, epoch: epoch), now: now)
          case .abandon, .finished, .undecided, .noReplicaLeft: notable.append(action)
          case .takeOver: break
          }
        }
      }
    }
    settle()
    coordinator.begin(step: 0, grainCount: 8, audits: true, now: now)
    settle()
    return notable
  }

  private func convicted(_ actions: [Action]) -> [Int] {
    actions.compactMap { action in
      if case .abandon(let replica, .wrongBits) = action { replica } else { nil }
    }
  }

  @Test("the same bits end the step")
  func same() { #expect(outcome(bits: [[1], [1]]) == [.finished]) }

  @Test("of three, the one that two disagree with is evicted, whoever is asked first")
  func three() {
    // The audit is about the first, and asks another.
    #expect(convicted(outcome(bits: [[9], [1], [1]])) == [0])
    let second = outcome(bits: [[1], [9], [1]])
    let third = outcome(bits: [[1], [1], [9]])
    #expect(
      convicted(second) + convicted(third) == [1] || convicted(second) + convicted(third) == [2])
    #expect(second.last == .finished && third.last == .finished)
  }

  @Test("of two, the one that changes its mind is evicted")
  func two() {
    #expect(convicted(outcome(bits: [[9, 1], [1]])) == [0])
    #expect(convicted(outcome(bits: [[1], [9, 8]])) == [1])
  }

  @Test("of two that stand by what they say, nobody can say who is right")
  func undecided() {
    #expect(outcome(bits: [[9], [1]]) == [.undecided(grain: 0, replicas: [0, 1])])
  }

  @Test("a device in reserve settles what two cannot")
  func reserve() {
    #expect(convicted(outcome(bits: [[9], [1], [1]], reserves: [2])) == [0])
    #expect(convicted(outcome(bits: [[1], [9], [1]], reserves: [2])) == [1])
  }
}
