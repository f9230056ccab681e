/// What one step found and how long it took.
public struct StepReport: Sendable {
  /// Step and epoch, from 0.
  public let step: Int, epoch: Int
  /// Examples of the batch.
  public let examples: Int
  /// Mean loss of the batch before the update, in nats.
  public let loss: Double
  /// Learning rate of the update.
  public let rate: Double
  /// Predictions that count (examples; tokens, for a language model), and those that were right before the update.
  public let countedCount: Int, correctCount: Int
  /// Grains that each replica computed.
  public let replicaGrains: [Int]
  /// Time that each replica took for its grains, up to the arrival of its last result.
  public let replicaSeconds: [Double]
  /// Time of the whole step.
  public let seconds: Double
}

/// How a network does on examples.
public struct Evaluation: Sendable {
  /// Number of examples.
  public let examples: Int
  /// Mean loss in nats.
  public let loss: Double
  /// Predictions that count (examples; tokens, for a language model), and those that were right.
  public let countedCount: Int, correctCount: Int

  /// Share of the predictions that were right.
  public var accuracy: Double {
    countedCount == 0 ? 0 : Double(correctCount) / Double(countedCount)
  }
}
