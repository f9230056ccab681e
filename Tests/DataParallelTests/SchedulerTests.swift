import Chorus
import Testing

@Suite struct SchedulerTests {
  private func counts(_ scheduler: inout Scheduler, _ grains: Int) -> [Int] {
    scheduler.shards(grainCount: grains).map(\.count)
  }

  @Test("every grain goes to exactly one replica, in order, whatever the split")
  func partition() {
    let splits: [Split] = [.measured, .fixed([1, 7, 3]), .fixed([0, 0, 2]), .random(seed: 4)]
    for split in splits {
      var scheduler = Scheduler(split, secondsPerGrain: [0.3, 0.1, 0.25])
      for grains in 0...40 {
        let shards = scheduler.shards(grainCount: grains)
        #expect(Array(shards.joined()) == Array(0..<grains), "\(split), \(grains) grains")
      }
    }
  }

  @Test("fixed proportions are kept as near as whole grains allow")
  func fixed() {
    var scheduler = Scheduler(.fixed([1, 7]), secondsPerGrain: [1, 1])
    #expect(counts(&scheduler, 8) == [1, 7])
    #expect(counts(&scheduler, 16) == [2, 14])
    #expect(counts(&scheduler, 1) == [0, 1])
  }

  @Test("measured times decide: a replica three times as fast gets three times the grains")
  func measured() {
    var scheduler = Scheduler(.measured, secondsPerGrain: [1, 1])
    #expect(counts(&scheduler, 8) == [4, 4])
    for _ in 0..<40 {
      scheduler.record(replica: 0, grains: 4, seconds: 3)
      scheduler.record(replica: 1, grains: 4, seconds: 1)
    }
    #expect(counts(&scheduler, 8) == [2, 6])
  }

  @Test("no other split of equal grains would finish earlier")
  func optimal() {
    let costs = [0.31, 0.12, 0.57]
    var scheduler = Scheduler(.measured, secondsPerGrain: costs)
    func time(_ counts: [Int]) -> Double { zip(costs, counts).map { $0 * Double($1) }.max() ?? 0 }
    for grains in 1...20 {
      let chosen = time(counts(&scheduler, grains))
      for a in 0...grains {
        for b in 0...(grains - a) {
          #expect(chosen <= time([a, b, grains - a - b]) + 1e-12)
        }
      }
    }
  }
}
