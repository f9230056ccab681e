import Coordination
import Testing

@Suite struct SchedulerTests {
  private func scheduler(_ split: Split, secondsPerGrain: [Double]) -> Scheduler {
    var scheduler = Scheduler(split)
    for (id, seconds) in secondsPerGrain.enumerated() {
      #expect(scheduler.add(expectedSecondsPerGrain: seconds) == id)
    }
    return scheduler
  }

  private func counts(_ scheduler: inout Scheduler, _ grains: Int, live: [Int]) -> [Int] {
    scheduler.shards(grainCount: grains, live: live).map(\.count)
  }

  @Test(
    "every grain goes to exactly one replica, in order, whatever the split, the times and who is live",
    arguments: 1...60 as ClosedRange<UInt64>)
  func partition(seed: UInt64) {
    var random = SeededRandom(seed)
    let replicaCount = seed % 20 == 0 ? 1024 : Int.random(in: 1...12, using: &random)
    let shares = (0..<Int.random(in: 0...replicaCount, using: &random)).map { _ in
      Int.random(in: -1...3, using: &random)
    }
    for split in [Split.measured, .fixed(shares), .random(seed: seed)] {
      let times = (0..<replicaCount).map { _ in Double.random(in: 0...2, using: &random) }
      var scheduler = scheduler(split, secondsPerGrain: times)
      for _ in 0..<60 {
        let live = (0..<replicaCount).filter { _ in Int.random(in: 0...4, using: &random) > 0 }
        let grains = Int.random(in: 0...(replicaCount * 3), using: &random)
        let shards = scheduler.shards(grainCount: live.isEmpty ? 0 : grains, live: live)
        #expect(shards.count == live.count)
        #expect(Array(shards.joined()) == (live.isEmpty ? [] : Array(0..<grains)))
        for (replica, shard) in zip(live, shards) {
          let seconds = Double.random(in: -0.1...2, using: &random)
          scheduler.record(replica: replica, grains: shard.count, seconds: seconds)
        }
      }
    }
  }

  @Test("fixed proportions are kept as near as whole grains allow, by replica id")
  func fixed() {
    var scheduler = scheduler(.fixed([1, 7, 4]), secondsPerGrain: [1, 1, 1, 1])
    #expect(counts(&scheduler, 24, live: [0, 1, 2]) == [2, 14, 8])
    #expect(counts(&scheduler, 8, live: [0, 1]) == [1, 7])
    #expect(counts(&scheduler, 1, live: [0, 1]) == [0, 1])
    #expect(counts(&scheduler, 5, live: [2]) == [5])
    #expect(counts(&scheduler, 24, live: [0, 1, 2, 3]) == [2, 14, 8, 0])
  }

  @Test("replicas without a share go on in equal parts when no others are left")
  func withoutShare() {
    var scheduler = scheduler(.fixed([0, 5]), secondsPerGrain: [1, 1, 1])
    #expect(counts(&scheduler, 9, live: [0, 1, 2]) == [0, 9, 0])
    #expect(counts(&scheduler, 9, live: [0, 2]) == [5, 4])
  }

  @Test("measured times decide: a replica three times as fast gets three times the grains")
  func measured() {
    var scheduler = scheduler(.measured, secondsPerGrain: [1, 1])
    #expect(counts(&scheduler, 8, live: [0, 1]) == [4, 4])
    scheduler.record(replica: 0, grains: 4, seconds: 3)
    scheduler.record(replica: 1, grains: 4, seconds: 1)
    #expect(counts(&scheduler, 8, live: [0, 1]) == [2, 6])
  }

  @Test("no other split would finish earlier, fixed costs included")
  func optimal() {
    var curves = [0.31, 0.12, 0.57].map { TimeCurve(secondsPerGrain: $0) }
    for (grains, seconds) in [(4, 0.9), (9, 1.0), (14, 1.6), (4, 0.9), (9, 1.0)] {
      curves[1].record(grains: grains, seconds: seconds)
    }
    for grains in 1...20 {
      let chosen = balancedCounts(grains, curves)
      #expect(chosen.reduce(0, +) == grains)
      for a in 0...grains {
        for b in 0...(grains - a) {
          let other = expectedSeconds([a, b, grains - a - b], curves)
          #expect(expectedSeconds(chosen, curves) <= other * (1 + 1e-8))
        }
      }
    }
  }

  @Test("a split stays while another would save little, and a short batch does not disturb it")
  func hysteresis() {
    var scheduler = scheduler(.measured, secondsPerGrain: [1, 1])
    #expect(counts(&scheduler, 100, live: [0, 1]) == [50, 50])
    scheduler.record(replica: 0, grains: 50, seconds: 1.00)
    scheduler.record(replica: 1, grains: 50, seconds: 1.04)
    #expect(counts(&scheduler, 100, live: [0, 1]) == [50, 50])
    guard case .kept(let gain)? = scheduler.decision?.reason else {
      Issue.record("not kept: \(String(describing: scheduler.decision))")
      return
    }
    #expect(gain > 0.005 && gain < 0.03)
    #expect(counts(&scheduler, 30, live: [0, 1]).reduce(0, +) == 30)
    #expect(counts(&scheduler, 100, live: [1]) == [100])
    #expect(counts(&scheduler, 100, live: [0, 1]) == [50, 50])
  }

  @Test("the same calls give the same splits", arguments: [Split.measured, .random(seed: 9)])
  func deterministic(split: Split) {
    func run() -> [[Range<Int>]] {
      var random = SeededRandom(3)
      var scheduler = scheduler(split, secondsPerGrain: [1, 2, 3, 4])
      return (0..<100).map { step in
        let shards = scheduler.shards(grainCount: 64 - step % 7, live: [0, 1, 2, 3])
        for (replica, shard) in shards.enumerated() {
          let seconds = Double(shard.count * (replica + 1)) * random.jitter(0.3)
          scheduler.record(replica: replica, grains: shard.count, seconds: seconds)
        }
        return shards
      }
    }
    #expect(run() == run())
  }

  @Test("the explanation names each replica's time, grains, and why the split was chosen")
  func explanation() {
    var scheduler = scheduler(.measured, secondsPerGrain: [0.01, 0.02])
    #expect(scheduler.explanation(names: []) == "no split has been decided yet")
    _ = scheduler.shards(grainCount: 6, live: [0, 1])
    scheduler.record(replica: 0, grains: 4, seconds: 0.04)
    _ = scheduler.shards(grainCount: 6, live: [0, 1])
    #expect(
      scheduler.explanation(names: ["Tesla T4"]) == """
        replica       fixed  per grain      spread  grains  expected
        Tesla T4   0.000 ms   10.00 ms    ± 50.0 %       4  40.00 ms
        replica 1  0.000 ms   20.00 ms  unmeasured       2  40.00 ms
        the step                                         6  40.00 ms
        kept: another split would save only 0.0 %
        """)
  }
}
