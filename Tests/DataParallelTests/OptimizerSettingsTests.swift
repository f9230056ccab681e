import DataParallel
import Execution
import Testing

@Suite("Optimizer settings")
struct OptimizerSettingsTests {
  @Test("the rate follows the schedule, the average its decay")
  func rateAndAverage() {
    var settings = OptimizerSettings(
      .sgd(), rate: 0.4, schedule: Schedule(.linear(), warmUpSteps: 2))
    func numbers(_ step: Int) -> UpdateNumbers {
      settings.numbers(step: step, of: 6, counted: 1, grains: 1)
    }
    #expect(numbers(0).rate == 0.2)
    #expect(numbers(4).rate == 0.2)
    #expect(numbers(0).averageShare == nil)
    settings.averageDecay = 0.999
    #expect(numbers(0).averageShare == 0.001)
  }

  @Test("a gradient is divided by what counts, and shortened; a statistic is divided by the grains")
  func factors() {
    var settings = OptimizerSettings(.sgd(), rate: 0.4)
    settings.weightDecay = 0.01
    let numbers = settings.numbers(step: 0, of: 1, counted: 24, grains: 5, clipping: 0.75)
    #expect(numbers.factor == Float(0.75 / 24))
    #expect(numbers.inverseGrains == 0.2)
    #expect(numbers.decay == 0.01)
    #expect(!numbers.decaysBiases)
    settings.decaysBiasesAndNorms = true
    #expect(settings.numbers(step: 0, of: 1, counted: 24, grains: 5).decaysBiases)
  }

  @Test("impossible settings are named")
  func problems() {
    let good = OptimizerSettings(.adamW(), rate: 0.1)
    #expect(good.problem(steps: 10) == nil)
    let changes: [(inout OptimizerSettings) -> Void] = [
      { $0.rate = 0 }, { $0.rate = .infinity }, { $0.weightDecay = -1 }, { $0.clipNorm = 0 },
      { $0.averageDecay = 1 }, { $0.optimizer = .sgd(momentum: 1) },
      { $0.optimizer = .sgd(momentum: 0, nesterov: true) }, { $0.optimizer = .adam(beta2: 1) },
      { $0.optimizer = .adam(epsilon: -1) }, { $0.optimizer = .lion(beta1: .nan) },
      { $0.schedule.warmUpSteps = 11 },
    ]
    for (index, change) in changes.enumerated() {
      var bad = good
      change(&bad)
      #expect(bad.problem(steps: 10) != nil, "change \(index)")
    }
  }
}
