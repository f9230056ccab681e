/// `[training]`: sizes and length of the run.
public struct TrainingRecipe: Sendable, Hashable {
  /// `batch`: examples of a step, over all replicas.
  public var batch: Int
  /// `grain`: examples that stay together on one replica; it divides the batch.
  public var grain: Int
  /// `steps` or `epochs`.
  public var length: Length
  /// `seed`: of the first weights, the order of the examples and dropout.
  public var seed: UInt64
  /// `evaluate_every`: steps from one evaluation to the next; nil: the program decides.
  public var evaluateEvery: Int?
  /// `evaluation_examples`: held-out examples that an evaluation looks at; nil: all.
  public var evaluationExamples: Int?

  /// How long the training is.
  public enum Length: Sendable, Hashable {
    /// So many batches.
    case steps(Int)
    /// So many times through the training examples.
    case epochs(Int)
  }

  /// Sizes and length of a run.
  public init(
    batch: Int, grain: Int, length: Length, seed: UInt64 = 1, evaluateEvery: Int? = nil,
    evaluationExamples: Int? = nil
  ) {
    self.batch = batch
    self.grain = grain
    self.length = length
    self.seed = seed
    self.evaluateEvery = evaluateEvery
    self.evaluationExamples = evaluationExamples
  }
}

extension TrainingRecipe {
  init(_ reader: RecipeReader) throws(RecipeError) {
    batch = try reader.integer("batch", in: 1...)
    grain = try reader.integer("grain", in: 1...)
    length = try Length(reader)
    seed = UInt64(try reader.integer("seed", in: 0..., default: 1))
    evaluateEvery = try reader.integerIfPresent("evaluate_every", in: 1...)
    evaluationExamples = try reader.integerIfPresent("evaluation_examples", in: 1...)
    guard batch % grain == 0 else {
      let below = batch - batch % grain
      let nearest =
        below == 0
        ? "the nearest is \(grain)" : "the nearest are \(below) and \(below &+ grain)"
      throw reader.error(
        at: "batch",
        "must be a multiple of training.grain (\(grain)), but it is \(batch); \(nearest)")
    }
  }
}

extension TrainingRecipe.Length {
  fileprivate init(_ reader: RecipeReader) throws(RecipeError) {
    let steps = try reader.integerIfPresent("steps", in: 1...)
    let epochs = try reader.integerIfPresent("epochs", in: 1...)
    switch (steps, epochs) {
    case (let steps?, nil): self = .steps(steps)
    case (nil, let epochs?): self = .epochs(epochs)
    case (nil, nil):
      throw RecipeError(reader.table.location, "steps or epochs is missing from [\(reader.path)]")
    case (let steps?, let epochs?):
      // One on the command line takes the place of the other in the file.
      let isSet = { (key: String) in reader.table[key]?.location.isOverride ?? false }
      switch (isSet("steps"), isSet("epochs")) {
      case (true, false): self = .steps(steps)
      case (false, true): self = .epochs(epochs)
      default:
        let place = reader.table["steps"]?.location.description ?? ""
        throw reader.error(
          at: "epochs", "cannot be given beside training.steps (\(place)); keep one")
      }
    }
  }
}
