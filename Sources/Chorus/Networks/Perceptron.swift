public import ComputeGraph

extension Model {
  /// A perceptron with ReLU: 784-512-512-10 by default, 669,706 parameters.
  ///
  /// - Parameters:
  ///   - input: Shape of one example; it is flattened.
  ///   - classes: Elements of the output.
  ///   - widths: Elements of each hidden layer.
  ///   - dropout: Share of each hidden layer that training drops.
  /// - Returns: The model, with parameters `linear1.weight`, `linear1.bias`, `linear2.weight` and so on.
  public static func perceptron(
    input: Shape = [28, 28, 1], classes: Int = 10, widths: [Int] = [512, 512], dropout: Float = 0
  ) -> Model {
    Model(input: input) {
      if input.rank != 1 { Flatten() }
      for (index, width) in widths.enumerated() {
        Linear(width).named("linear\(index + 1)")
        ReLU()
        if dropout > 0 { Dropout(dropout) }
      }
      Linear(classes).named("linear\(widths.count + 1)")
    }
  }
}
