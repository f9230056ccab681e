extension Graph {
  /// A perceptron 784-512-512-10 with ReLU and cross-entropy: 669,706 parameters.
  public static func mlp() throws(GraphError) -> Graph {
    var graph = Graph(input: [28, 28, 1])
    try graph.append(.flatten)
    try graph.append(.linear(outputs: 512), name: "a")
    try graph.append(.relu)
    try graph.append(.linear(outputs: 512), name: "b")
    try graph.append(.relu)
    try graph.append(.linear(outputs: 10), name: "c")
    try graph.append(.crossEntropy)
    return graph
  }

  /// Three 3 x 3 convolutions of 32, 64 and 128 channels, two poolings, linear 256 and 10: 1,701,130 parameters.
  public static func lenet() throws(GraphError) -> Graph {
    var graph = Graph(input: [28, 28, 1])
    try graph.append(.convolution(outputs: 32, kernel: 3, padding: 1), name: "c1")
    try graph.append(.relu)
    try graph.append(.convolution(outputs: 64, kernel: 3, padding: 1), name: "c2")
    try graph.append(.relu)
    try graph.append(.maxPool(window: 2, stride: 2))
    try graph.append(.convolution(outputs: 128, kernel: 3, padding: 1), name: "c3")
    try graph.append(.relu)
    try graph.append(.maxPool(window: 2, stride: 2))
    try graph.append(.flatten)
    try graph.append(.linear(outputs: 256), name: "f1")
    try graph.append(.relu)
    try graph.append(.linear(outputs: 10), name: "f2")
    try graph.append(.crossEntropy)
    return graph
  }
}
