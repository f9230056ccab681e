public import ComputeGraph

/// Training examples and held-out examples, which never overlap.
public struct TrainingData<Examples: ExampleSource>: Sendable {
  /// What the data is called in reports.
  public let name: String

  /// The examples to learn from.
  public let training: Examples

  /// The examples to measure with.
  public let heldOut: Examples

  /// Both parts hold examples of one shape and the same classes.
  public init(name: String, training: Examples, heldOut: Examples) {
    precondition(
      training.exampleShape == heldOut.exampleShape && training.classCount == heldOut.classCount,
      "training and held-out examples differ in shape")
    self.name = name
    self.training = training
    self.heldOut = heldOut
  }
}
