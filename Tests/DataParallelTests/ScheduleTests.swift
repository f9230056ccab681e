import DataParallel
import Testing

/// Rates against torch.optim.lr_scheduler 2.13, peak 0.1.
@Suite("Schedule")
struct ScheduleTests {
  private func expect(
    _ schedule: Schedule, of steps: Int, _ expected: [Double],
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    for (step, rate) in expected.enumerated() {
      let own = schedule.rate(at: step, of: steps, peak: 0.1)
      #expect(
        (own - rate).magnitude <= 1e-14 * rate, "step \(step): \(own), not \(rate)",
        sourceLocation: sourceLocation)
    }
  }

  @Test("constant")
  func constant() { expect(Schedule(), of: 4, [0.1, 0.1, 0.1, 0.1, 0.1]) }

  @Test("a step is torch's StepLR")
  func step() {
    expect(
      Schedule(.step(every: 3, factor: 0.5)), of: 10,
      [0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.025, 0.025, 0.025, 0.0125])
  }

  @Test("linear decay is torch's LinearLR")
  func linear() {
    expect(
      Schedule(.linear(minimum: 0.01)), of: 10,
      [0.1, 0.091, 0.082, 0.073, 0.064, 0.055, 0.046, 0.037, 0.028, 0.019, 0.01, 0.01])
  }

  @Test("a cosine is torch's CosineAnnealingLR, and stays at the minimum")
  func cosine() {
    expect(
      Schedule(.cosine(minimum: 0.01)), of: 10,
      [
        0.1, 0.09779754323328192, 0.09140576474687263, 0.08145033635316129, 0.06890576474687264,
        0.055, 0.04109423525312737, 0.028549663646838717, 0.01859423525312737, 0.012202456766718092,
        0.01, 0.01,
      ])
  }

  @Test("one cycle is torch's OneCycleLR")
  func oneCycle() {
    expect(
      Schedule(.oneCycle()), of: 10,
      [
        0.004, 0.052, 0.1, 0.09504846320134738, 0.0811745653949763, 0.06112620219362893,
        0.03887419780637107, 0.0188258346050237, 0.004951936798652629, 4e-07,
      ])
    // The top, at step 1.8, is between two steps.
    expect(
      Schedule(.oneCycle(rise: 0.4, initialDivisor: 10, finalDivisor: 100)), of: 7,
      [
        0.01, 0.06281416799501185, 0.09944209976994517, 0.08119331560284375, 0.046317231825358116,
        0.013434059002100174, 0.0001,
      ])
  }

  @Test("a warm-up goes in front of any course, whose steps start after it")
  func warmUp() {
    expect(Schedule(warmUpSteps: 4), of: 6, [0.025, 0.05, 0.075, 0.1, 0.1, 0.1])
    expect(
      Schedule(.cosine(minimum: 0.01), warmUpSteps: 4), of: 10,
      [
        0.025, 0.05, 0.075, 0.1, 0.1, 0.09397114317029975, 0.0775, 0.055, 0.0325,
        0.016028856829700257, 0.01,
      ])
    // torch's SequentialLR of a LambdaLR and a StepLR.
    expect(
      Schedule(.step(every: 3, factor: 0.5), warmUpSteps: 4), of: 12,
      [0.025, 0.05, 0.075, 0.1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.025, 0.025])
  }

  @Test("runs of few steps have finite rates", arguments: 0...4)
  func short(steps: Int) {
    for course in [
      Schedule.Course.constant, .step(every: 1, factor: 0.1), .linear(), .cosine(), .oneCycle(),
      .oneCycle(rise: 0), .oneCycle(rise: 1),
    ] {
      for warmUp in 0...steps {
        for step in 0...6 {
          let rate = Schedule(course, warmUpSteps: warmUp).rate(at: step, of: steps, peak: 0.1)
          #expect(rate >= 0 && rate <= 0.1 * (1 + 1e-15), "\(course) at \(step) of \(steps)")
        }
      }
    }
  }

  @Test("impossible numbers are named")
  func problems() {
    #expect(Schedule(.cosine(), warmUpSteps: 3).problem(steps: 10, peak: 0.1) == nil)
    #expect(Schedule(warmUpSteps: 11).problem(steps: 10, peak: 0.1) != nil)
    #expect(Schedule(.cosine(minimum: 0.2)).problem(steps: 10, peak: 0.1) != nil)
    #expect(Schedule(.step(every: 0, factor: 0.5)).problem(steps: 10, peak: 0.1) != nil)
    #expect(Schedule(.oneCycle(rise: 1.5)).problem(steps: 10, peak: 0.1) != nil)
  }
}
