import Coordination
import Testing

/// The scheduler against devices whose true times are known.
@Suite struct ScheduleLearningTests {
  private typealias Simulation = ScheduleSimulation

  private func expectNearOptimum(
    _ simulation: inout ScheduleSimulation, grains: Int, within: Double = 1.05, steps: Int,
    seed: UInt64, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    for _ in 0..<steps { simulation.step(grains) }
    let optimum = simulation.optimum(grains)
    for step in 0..<10 {
      let seconds = simulation.step(grains)
      #expect(
        seconds <= within * optimum,
        "seed \(seed), step \(steps + step): \(seconds / optimum) of the optimum, \(simulation.lastCounts)",
        sourceLocation: sourceLocation)
    }
  }

  @Test(
    "fixed costs and rates are learned within 12 steps", arguments: 1...40 as ClosedRange<UInt64>)
  func affine(seed: UInt64) {
    var random = SeededRandom(seed)
    let truths = (0..<Int.random(in: 1...12, using: &random)).map { _ in
      Simulation.affine(
        fixed: Double.random(in: 0...0.05, using: &random),
        perGrain: 0.0002 * Double.random(in: 1...30, using: &random))
    }
    var simulation = Simulation(truths, jitter: 0.02, seed: seed)
    expectNearOptimum(&simulation, grains: 1000, steps: 12, seed: seed)
  }

  @Test("curves that bend are learned within 16 steps", arguments: 1...40 as ClosedRange<UInt64>)
  func convex(seed: UInt64) {
    var random = SeededRandom(seed)
    let truths = (0..<Int.random(in: 2...8, using: &random)).map { _ in
      Simulation.convex(
        perGrain: 0.0002 * Double.random(in: 1...20, using: &random),
        doublingAt: Double.random(in: 20...500, using: &random))
    }
    var simulation = Simulation(truths, jitter: 0.02, seed: seed)
    expectNearOptimum(&simulation, grains: 600, steps: 16, seed: seed)
  }

  @Test("waves are learned within 24 steps", arguments: 1...40 as ClosedRange<UInt64>)
  func waves(seed: UInt64) {
    var random = SeededRandom(seed)
    let truths = (0..<Int.random(in: 2...6, using: &random)).map { _ in
      let size = Int.random(in: 2...8, using: &random)
      return Simulation.waves(
        of: size, seconds: Double(size) * Double.random(in: 0.001...0.01, using: &random),
        fixed: 0.01)
    }
    var simulation = Simulation(truths, jitter: 0.01, seed: seed)
    expectNearOptimum(&simulation, grains: 400, within: 1.05, steps: 24, seed: seed)
  }

  @Test(
    "the number of grains at which a device becomes three times slower is found",
    arguments: 1...20 as ClosedRange<UInt64>)
  func cliff(seed: UInt64) {
    var random = SeededRandom(seed)
    let truths: [ScheduleSimulation.Truth] = (0..<3).map { _ in
      let perGrain = Double.random(in: 0.001...0.005, using: &random)
      let edge = Int.random(in: 60...120, using: &random)
      return { Double($0) * perGrain * ($0 > edge ? 3 : 1) }
    }
    var simulation = Simulation(truths, jitter: 0.02, seed: seed)
    for _ in 0..<40 { simulation.step(240) }
    let seconds = (0..<40).map { _ in simulation.step(240) }
    let mean = seconds.reduce(0, +) / 40 / simulation.optimum(240)
    #expect(mean <= 1.15, "\(mean) of the optimum, \(simulation.lastCounts)")
  }

  @Test(
    "a device that becomes four times slower, and recovers, is followed within four steps",
    arguments: 1...20 as ClosedRange<UInt64>)
  func change(seed: UInt64) {
    let truths = (1...4).map {
      Simulation.affine(fixed: 0.005, perGrain: 0.002 / Double($0))
    }
    var simulation = Simulation(truths, jitter: 0.03, seed: seed)
    for _ in 0..<20 { simulation.step(256) }
    for slowness in [4.0, 1, 8, 1, 0.25, 1] {
      simulation.slowness[3] = slowness
      for _ in 0..<3 { simulation.step(256) }
      let optimum = simulation.optimum(256)
      let fourth = simulation.step(256)
      #expect(fourth <= 1.15 * optimum, "\(slowness): \(fourth / optimum) of the optimum")
      for _ in 0..<6 { simulation.step(256) }
      let later = simulation.step(256)
      #expect(later <= 1.06 * optimum, "\(slowness): \(later / optimum) of the optimum later")
    }
  }

  @Test("one outlier changes no split", arguments: 1...20 as ClosedRange<UInt64>)
  func outlier(seed: UInt64) {
    let truths = [0.001, 0.002, 0.0007].map { Simulation.affine(fixed: 0.002, perGrain: $0) }
    var simulation = Simulation(truths, jitter: 0.02, seed: seed)
    for _ in 0..<30 { simulation.step(128) }
    let counts = simulation.lastCounts
    for factor in [10.0, 3, 100] {
      simulation.slowness[1] = factor
      simulation.step(128)
      simulation.slowness[1] = 1
      for _ in 0..<3 {
        simulation.step(128)
        #expect(zip(counts, simulation.lastCounts).allSatisfy { abs($0 - $1) <= 3 })
      }
    }
  }

  @Test("under 3 % jitter the split stays", arguments: 1...20 as ClosedRange<UInt64>)
  func steady(seed: UInt64) {
    var random = SeededRandom(seed)
    let truths = (0..<8).map { _ in
      Simulation.affine(fixed: 0.003, perGrain: Double.random(in: 0.0005...0.004, using: &random))
    }
    var simulation = Simulation(truths, jitter: 0.03, seed: seed)
    for _ in 0..<20 { simulation.step(1024) }
    var changes = 0
    for _ in 0..<200 {
      let before = simulation.lastCounts
      simulation.step(1024)
      if simulation.lastCounts != before { changes += 1 }
    }
    #expect(changes <= 8, "\(changes) changes in 200 steps")
  }

  @Test("a first step that warms up does not count against a device for long")
  func warmUp() {
    let truths = (0..<3).map { _ in Simulation.affine(fixed: 0.001, perGrain: 0.001) }
    var simulation = Simulation(truths, jitter: 0.02)
    simulation.slowness[0] = 30
    simulation.step(90)
    simulation.slowness[0] = 1
    for _ in 0..<6 { simulation.step(90) }
    #expect(simulation.step(90) <= 1.06 * simulation.optimum(90))
  }

  @Test(
    "a device too slow to help gets nothing, is tried now and then, and is used once it recovers")
  func probe() {
    let truths = [0.001, 0.001].map { Simulation.affine(fixed: 0.001, perGrain: $0) }
    var simulation = Simulation(truths, jitter: 0.02)
    for _ in 0..<10 { simulation.step(32) }
    simulation.slowness[1] = 40
    var tries = 0
    for _ in 0..<200 {
      simulation.step(32)
      if simulation.scheduler.decision?.tried == 1 { tries += 1 }
    }
    #expect(simulation.scheduler.decision?.tried == nil && simulation.lastCounts == [32, 0])
    #expect((1...4).contains(tries), "\(tries) tries")
    simulation.slowness[1] = 1
    for _ in 0..<200 where simulation.lastCounts[1] < 14 { simulation.step(32) }
    for _ in 0..<6 { simulation.step(32) }
    #expect(simulation.lastCounts[1] >= 14)
  }

  @Test(
    "a device that returns as another than it was is used so within six steps",
    arguments: [0.1, 6, 40])
  func returning(slowness: Double) {
    let truths = [0.001, 0.001].map { ScheduleSimulation.affine(fixed: 0.001, perGrain: $0) }
    var simulation = Simulation(truths, jitter: 0.02)
    simulation.slowness[1] = slowness
    for _ in 0..<15 { simulation.step(64) }
    for _ in 0..<5 { simulation.step(64, live: [0]) }
    simulation.slowness[1] = 1
    simulation.scheduler.reset(replica: 1)
    #expect(simulation.scheduler.curves[1].deviation >= 0.5)
    for _ in 0..<6 { simulation.step(64) }
    #expect(simulation.step(64) <= 1.07 * simulation.optimum(64))
  }

  @Test("after an epoch's short batch a change is followed as well, at both sizes")
  func shortBatches() {
    let truths = [0.001, 0.002, 0.001].map { ScheduleSimulation.affine(fixed: 0.002, perGrain: $0) }
    var simulation = Simulation(truths, jitter: 0.02)
    for step in 0..<24 { simulation.step(step % 6 == 5 ? 40 : 240) }
    simulation.slowness[0] = 4
    for step in 0..<12 { simulation.step(step % 6 == 5 ? 40 : 240) }
    #expect(simulation.step(240) <= 1.06 * simulation.optimum(240))
    #expect(simulation.step(40) <= 1.15 * simulation.optimum(40))
  }
}
