/// Training examples and held-out examples, which never overlap.
public struct TrainingData: Sendable {
  /// What the data is called in reports.
  public let name: String

  /// The examples to learn from.
  public let training: LabelledImages

  /// The examples to measure with.
  public let heldOut: LabelledImages

  /// Both parts hold images of one size and the same classes.
  public init(name: String, training: LabelledImages, heldOut: LabelledImages) {
    precondition(
      training.height == heldOut.height && training.width == heldOut.width
        && training.channels == heldOut.channels && training.classCount == heldOut.classCount,
      "training and held-out examples differ in shape")
    self.name = name
    self.training = training
    self.heldOut = heldOut
  }
}
