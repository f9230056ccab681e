/// `[schedule]`: how the learning rate changes from step to step.
public struct ScheduleRecipe: Sendable, Hashable {
  /// `name`, with the curve's own options.
  public var curve: Curve
  /// `warmup_steps`: steps in which the rate first rises from 0 in a line. Not for one_cycle, which has its own.
  public var warmupSteps: Int

  /// The curves, which begin after the warm-up.
  public enum Curve: Sendable, Hashable {
    /// The optimizer's rate throughout.
    case constant
    /// The rate times `factor` after each `every` steps.
    case step(every: Int, factor: Double = 0.1)
    /// In a line to `minimumRate` at the last step.
    case linear(minimumRate: Double = 0)
    /// Half a cosine to `minimumRate` at the last step.
    case cosine(minimumRate: Double = 0)
    /// Half a cosine from `startFactor` times the rate up to it, in `warmupShare` of the steps; another down.
    case oneCycle(warmupShare: Double = 0.3, startFactor: Double = 0.04, minimumRate: Double = 0)
  }

  /// A curve after a warm-up; by default the rate is constant.
  public init(_ curve: Curve = .constant, warmupSteps: Int = 0) {
    self.curve = curve
    self.warmupSteps = warmupSteps
  }
}

/// The values of `schedule.name`.
public enum ScheduleKind: String, RecipeKind {
  /// Always the same rate.
  case constant
  /// Falls in steps.
  case step
  /// Falls in a line.
  case linear
  /// Falls as half a cosine.
  case cosine
  /// Rises, then falls.
  case oneCycle = "one_cycle"

  /// The keys that this curve reads and another does not.
  public var options: [String] {
    switch self {
    case .constant: ["warmup_steps"]
    case .step: ["warmup_steps", "every", "factor"]
    case .linear, .cosine: ["warmup_steps", "minimum_rate"]
    case .oneCycle: ["warmup_share", "start_factor", "minimum_rate"]
    }
  }
}

extension ScheduleRecipe.Curve {
  /// `name` as recipes write it.
  public var name: ScheduleKind {
    switch self {
    case .constant: .constant
    case .step: .step
    case .linear: .linear
    case .cosine: .cosine
    case .oneCycle: .oneCycle
    }
  }
}

extension ScheduleRecipe {
  init(_ reader: RecipeReader) throws(RecipeError) {
    let kind = try reader.kind("name", of: ScheduleKind.self, default: .constant)
    curve =
      switch kind {
      case .constant: .constant
      case .step:
        .step(
          every: try reader.integer("every", in: 1...),
          factor: try reader.number("factor", in: Above(0, below: 1), default: 0.1))
      case .linear: .linear(minimumRate: try Self.minimumRate(reader))
      case .cosine: .cosine(minimumRate: try Self.minimumRate(reader))
      case .oneCycle:
        .oneCycle(
          warmupShare: try reader.number("warmup_share", in: Above(0, below: 1), default: 0.3),
          startFactor: try reader.number("start_factor", in: 0.0...1.0, default: 0.04),
          minimumRate: try Self.minimumRate(reader))
      }
    warmupSteps =
      kind == .oneCycle ? 0 : try reader.integer("warmup_steps", in: 0..., default: 0)
  }

  private static func minimumRate(_ reader: RecipeReader) throws(RecipeError) -> Double {
    try reader.number("minimum_rate", in: 0.0..., default: 0)
  }

  /// The rate at the last step, where the curve has one.
  private var minimumRate: Double? {
    switch curve {
    case .linear(let rate), .cosine(let rate), .oneCycle(_, _, let rate): rate
    case .constant, .step: nil
    }
  }

  /// Refuses a schedule that does not fit the highest rate or the length of the training.
  func check(
    _ reader: RecipeReader, against optimizer: OptimizerRecipe, _ training: TrainingRecipe
  ) throws(RecipeError) {
    if let minimumRate, minimumRate > optimizer.learningRate {
      throw reader.error(
        at: "minimum_rate",
        "must be at most optimizer.learning_rate (\(plain(optimizer.learningRate))), but it is"
          + " \(plain(minimumRate))")
    }
    if case .steps(let steps) = training.length, warmupSteps >= steps {
      throw reader.error(
        at: "warmup_steps", "must be below training.steps (\(steps)), but it is \(warmupSteps)")
    }
  }
}
