import Execution
import Testing

@Suite("Update numbers")
struct UpdateNumbersTests {
  @Test("the corrections of Adam are 1 / (1 - beta1^t) and 1 / sqrt(1 - beta2^t), rounded once")
  func corrections() {
    // From 60-digit decimal arithmetic.
    let table: [(Int, Float, Float)] = [
      (0, 0x1.4000000000000p+3, 0x1.f9f6e40000000p+4),
      (1, 0x1.50d7940000000p+2, 0x1.65dc400000000p+4),
      (9, 0x1.890c0a0000000p+0, 0x1.40b8740000000p+3),
      (99, 0x1.0001be0000000p+0, 0x1.9ed5520000000p+1),
      (999, 0x1.0000000000000p+0, 0x1.41f0fe0000000p+0),
      (99999, 0x1.0000000000000p+0, 0x1.0000000000000p+0),
    ]
    for (step, first, second) in table {
      let numbers = UpdateNumbers(.adamW(), step: step, rate: 0.001, factor: 1, grains: 1)
      guard case .adam(_, _, _, let correction1, let correction2, let decoupled) = numbers.rule
      else {
        Issue.record("not Adam's numbers")
        return
      }
      #expect(correction1 == first)
      #expect(correction2 == second)
      #expect(decoupled)
    }
  }

  @Test("arguments are in the kernels' order, and what does not decay has a decay of 0")
  func arguments() {
    let sgd = UpdateNumbers(
      .sgd(momentum: 0.9, nesterov: true), step: 0, rate: 0.1, decay: 0.01, factor: 0.0625,
      grains: 3)
    #expect(
      sgd.arguments(decays: true)
        == [.float(0.1), .float(0.9), .float(0.01), .float(0.0625), .int(1)])
    #expect(
      sgd.arguments(decays: false)
        == [.float(0.1), .float(0.9), .float(0), .float(0.0625), .int(1)])
    let adam = UpdateNumbers(.adam(), step: 0, rate: 0.1, decay: 0.01, factor: 0.125, grains: 3)
    #expect(
      adam.arguments(decays: true) == [
        .float(0.1), .float(0.1), .float(0.001), .float(1e-8), .float(0.01), .float(10),
        .float(31.622776), .float(0.125), .int(0),
      ])
    let lion = UpdateNumbers(.lion(), step: 0, rate: 0.1, decay: 0.01, factor: 0.125, grains: 3)
    #expect(
      lion.arguments(decays: true)
        == [.float(0.1), .float(0.1), .float(0.01), .float(0.01), .float(0.125)])
  }

  @Test("shares are rounded once, after the subtraction")
  func shares() {
    let numbers = UpdateNumbers(
      .sgd(), step: 0, rate: 0.1, factor: 1, grains: 3, averageDecay: 0.999)
    #expect(numbers.averageShare == 0.001)
    #expect(numbers.inverseGrains == Float(1.0 / 3))
    #expect(UpdateNumbers(.sgd(), step: 0, rate: 0.1, factor: 1, grains: 3).averageShare == nil)
  }

  @Test("each rule says what it keeps")
  func states() {
    #expect([Optimizer.sgd(), .adam(), .adamW(), .lion()].map(\.stateCount) == [1, 2, 2, 1])
    #expect(
      [Optimizer.sgd(), .adam(), .adamW(), .lion()].map(\.kernel)
        == ["sgd_update", "adam_update", "adam_update", "lion_update"])
  }
}
