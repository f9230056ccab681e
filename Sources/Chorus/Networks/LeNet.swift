public import ComputeGraph

extension Model {
  /// Three 3 x 3 convolutions of 32, 64 and 128 channels, two poolings, linear 256 and 10: 1,701,130 parameters.
  ///
  /// After LeCun et al., "Gradient-based learning applied to document recognition", 1998, with today's sizes and ReLU.
  ///
  /// - Parameters:
  ///   - input: Shape of one image `[H, W, C]`, at least 4 x 4 pixels.
  ///   - classes: Elements of the output.
  ///   - dropout: Share of the 256 features that training drops.
  /// - Returns: The model, with parameters `c1.weight`, `c1.bias` and so on: c1, c2, c3, f1, f2.
  public static func lenet(
    input: Shape = [28, 28, 1], classes: Int = 10, dropout: Float = 0
  ) -> Model {
    Model(input: input) {
      Conv2D(32, kernel: 3, padding: .same).named("c1"); ReLU()
      Conv2D(64, kernel: 3, padding: .same).named("c2"); ReLU()
      MaxPool2D(2)
      Conv2D(128, kernel: 3, padding: .same).named("c3"); ReLU()
      MaxPool2D(2)
      Flatten()
      Linear(256).named("f1"); ReLU()
      if dropout > 0 { Dropout(dropout) }
      Linear(classes).named("f2")
    }
  }
}
