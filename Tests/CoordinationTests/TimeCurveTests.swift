import Coordination
import Testing

@Suite struct TimeCurveTests {
  @Test("a new curve is a line through zero and says that it knows little")
  func new() {
    let curve = TimeCurve(secondsPerGrain: 0.25)
    #expect(curve.seconds(grains: 0) == 0)
    #expect(curve.seconds(grains: 8) == 2)
    #expect(curve.deviation == 0.5 && curve.sampleCount == 0)
  }

  @Test("the first measurement replaces the estimate, however far off that was")
  func first() {
    var curve = TimeCurve(secondsPerGrain: 1e-9)
    curve.record(grains: 10, seconds: 2)
    #expect(abs(curve.seconds(grains: 10) - 2) < 1e-9)
    #expect(abs(curve.seconds(grains: 20) - 4) < 1e-9)
  }

  @Test("fixed cost and further grains are told apart once the numbers of grains differ")
  func affine() {
    var curve = TimeCurve(secondsPerGrain: 0.01)
    for step in 0..<40 {
      let grains = [64, 20, 52, 20][step % 4]
      curve.record(grains: grains, seconds: 0.1 + 0.01 * Double(grains))
    }
    #expect(abs(curve.fixedSeconds - 0.1) < 0.01)
    #expect(abs(curve.secondsPerFurtherGrain - 0.01) < 0.001)
    #expect(abs(curve.seconds(grains: 200) - 2.1) < 0.1)
    #expect(curve.deviation < 0.1)
  }

  @Test("jitter at neighbouring numbers of grains makes no steep line")
  func neighbours() {
    var curve = TimeCurve(secondsPerGrain: 0.01)
    for (grains, seconds) in [(100, 1.0), (101, 1.06), (100, 0.99), (99, 1.03), (101, 0.97)] {
      curve.record(grains: grains, seconds: seconds)
    }
    #expect(abs(curve.seconds(grains: 200) - 2) < 0.2)
    #expect(abs(curve.seconds(grains: 50) - 0.5) < 0.1)
  }

  @Test("one measurement far off changes nothing, two in a row move the whole curve")
  func change() {
    var curve = TimeCurve(secondsPerGrain: 0.01)
    for grains in [64, 32, 64, 32, 64, 32] {
      curve.record(grains: grains, seconds: 0.1 + 0.01 * Double(grains))
    }
    let before = [8, 32, 64, 100].map { curve.seconds(grains: $0) }
    curve.record(grains: 64, seconds: 4 * 0.74)
    for (grains, seconds) in zip([8, 32, 64, 100], before) {
      #expect(abs(curve.seconds(grains: grains) / seconds - 1) < 0.02)
    }
    curve.record(grains: 64, seconds: 4 * 0.74)
    for (grains, seconds) in zip([8, 32, 64, 100], before) {
      #expect(abs(curve.seconds(grains: grains) / seconds - 4) < 0.4, "\(grains) grains")
    }
  }

  @Test("whatever is measured, more grains never take less time, and the inverse agrees")
  func monotone() {
    for seed in 1...50 as ClosedRange<UInt64> {
      var random = SeededRandom(seed)
      var curve = TimeCurve(secondsPerGrain: Double.random(in: 0...1, using: &random))
      for _ in 0..<60 {
        let scale = Double.random(in: 0...3, using: &random)
        curve.record(grains: Int.random(in: -1...80, using: &random), seconds: scale)
        for grains in 0..<100 {
          let seconds = curve.seconds(grains: grains)
          #expect(seconds.isFinite && seconds <= curve.seconds(grains: grains + 1))
          let within = curve.grains(within: seconds * (1 + 1e-9), atMost: 1000)
          #expect(within >= grains)
          #expect(curve.seconds(grains: within) <= seconds * (1 + 1e-6))
        }
      }
    }
  }

  @Test("what is no measurement is ignored")
  func nonsense() {
    var curve = TimeCurve(secondsPerGrain: .nan)
    for (grains, seconds) in [(0, 1.0), (-3, 1), (4, 0), (4, -1), (4, .nan), (4, .infinity)] {
      curve.record(grains: grains, seconds: seconds)
    }
    #expect(curve.sampleCount == 0 && curve.seconds(grains: 3).isFinite)
  }
}

extension TimeCurveTests {
  @Test(
    "a device that comes and goes for ever, slow at first each time, does not make the curve explode"
  )
  func comesAndGoes() {
    var curve = TimeCurve(secondsPerGrain: 0.001)
    for grains in [1, 2, 4, 8, 16] { curve.record(grains: grains, seconds: 0.001 * Double(grains)) }
    for life in 0..<2000 {
      curve.markOutOfDate()
      let grains = 1 + life % 3
      for (step, factor) in [8.0, 1.3, 1, 1, 4, 4, 1, 1].enumerated() {
        curve.record(grains: grains + step % 2, seconds: 0.001 * factor * Double(grains))
      }
    }
    for grains in [1, 2, 4, 8, 16, 64] {
      let seconds = curve.seconds(grains: grains)
      #expect(
        seconds > 1e-6 * Double(grains) && seconds < 1 * Double(grains), "\(grains): \(seconds)")
    }
  }
}
