import ComputeGraph

/// How the learning rate changes over a run: a pure function of the step, the steps of the run and the peak rate.
///
/// The warm-up comes first: step s of W warm-up steps has the rate `peak (s + 1) / W`, so the first is not 0 and the
/// last is the peak. What follows counts its steps from the end of the warm-up: t = s - W of T = steps - W.
/// Steps beyond the last have the rate of T.
public struct Schedule: Sendable, Hashable {
  /// The course after the warm-up. Rates called `minimum` are rates, not shares of the peak.
  public enum Course: Sendable, Hashable {
    /// The peak rate throughout.
    case constant
    /// The peak times `factor` once for each `every` steps done: torch's `StepLR`.
    case step(every: Int, factor: Double)
    /// A straight line from the peak to `minimum` at step T: torch's `LinearLR`.
    case linear(minimum: Double = 0)
    /// Half a cosine from the peak to `minimum` at step T: torch's `CosineAnnealingLR`, nanoGPT's schedule.
    case cosine(minimum: Double = 0)
    /// Half a cosine from `peak / initialDivisor` to the peak over the share `rise` of the steps, then half a cosine to
    /// `peak / initialDivisor / finalDivisor` at the last step: torch's `OneCycleLR` without its momentum.
    case oneCycle(rise: Double = 0.3, initialDivisor: Double = 25, finalDivisor: Double = 1e4)
  }

  /// What follows the warm-up.
  public var course: Course
  /// Steps of the linear warm-up; 0 is none.
  public var warmUpSteps: Int

  /// A schedule of the given course after `warmUpSteps` steps of linear warm-up.
  public init(_ course: Course = .constant, warmUpSteps: Int = 0) {
    self.course = course
    self.warmUpSteps = warmUpSteps
  }

  /// The learning rate of a step.
  ///
  /// - Parameters:
  ///   - step: The step, from 0.
  ///   - steps: Steps of the whole run, warm-up included.
  ///   - peak: The largest rate.
  /// - Returns: The rate, the same bits on every machine.
  public func rate(at step: Int, of steps: Int, peak: Double) -> Double {
    precondition(step >= 0, "steps are counted from 0")
    guard step >= warmUpSteps else { return peak * Double(step + 1) / Double(warmUpSteps) }
    let length = max(0, steps - warmUpSteps)
    let t = min(step - warmUpSteps, length)
    switch course {
    case .constant:
      return peak
    case .step(let every, let factor):
      return peak * RealMath.power(factor, t / every)
    case .linear(let minimum):
      return length == 0 ? peak : peak + (minimum - peak) * (Double(t) / Double(length))
    case .cosine(let minimum):
      return length == 0 ? peak : Self.halfCosine(peak, minimum, Double(t) / Double(length))
    case .oneCycle(let rise, let initialDivisor, let finalDivisor):
      // torch puts the peak at step rise T - 1, which need not be whole, and the end at step T - 1.
      let top = rise * Double(length) - 1
      let last = Double(length) - 1
      let now = min(Double(t), last)
      let start = peak / initialDivisor
      if now <= top && top > 0 { return Self.halfCosine(start, peak, now / top) }
      return last > top
        ? Self.halfCosine(peak, start / finalDivisor, (now - top) / (last - top)) : peak
    }
  }

  /// From `first` at share 0 to `last` at share 1.
  private static func halfCosine(_ first: Double, _ last: Double, _ share: Double) -> Double {
    last + (first - last) * 0.5 * (1 + RealMath.cosine(RealMath.pi * share))
  }

  /// What is wrong with the numbers, in words, for a run of `steps` steps at the given peak; nil if nothing is.
  public func problem(steps: Int, peak: Double) -> String? {
    guard (0...max(0, steps)).contains(warmUpSteps) else {
      return "\(warmUpSteps) warm-up steps do not fit into a run of \(steps)"
    }
    switch course {
    case .constant:
      return nil
    case .step(let every, let factor):
      guard every > 0 else { return "a rate cannot change every \(every) steps" }
      return factor > 0 && factor <= 1 ? nil : "the factor of a step, \(factor), is not in (0, 1]"
    case .linear(let minimum), .cosine(let minimum):
      return minimum >= 0 && minimum <= peak
        ? nil : "the minimum rate \(minimum) is not between 0 and the learning rate \(peak)"
    case .oneCycle(let rise, let initialDivisor, let finalDivisor):
      guard rise >= 0, rise <= 1 else { return "the share of the rise, \(rise), is not in [0, 1]" }
      // An infinite divisor is a rate of 0.
      return initialDivisor >= 1 && finalDivisor > 0
        ? nil : "the divisors of a one-cycle schedule must be at least 1, and above 0"
    }
  }
}
