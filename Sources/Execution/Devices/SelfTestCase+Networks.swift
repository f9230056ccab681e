import ComputeGraph

// Sizes that no vector or tile divides; every loss has seven classes, or float targets.
extension SelfTestCase {
  static func convolutional() throws -> Graph {
    var graph = Graph(input: [9, 10, 3])
    try graph.append(Convolution(outputs: 5, kernel: 3, padding: 1))
    try graph.append(Activation.relu)
    try graph.append(MaxPool(window: 2))
    try graph.append(Convolution(outputs: 17, kernel: 3, padding: 1))
    try graph.append(Activation.relu)
    // From 16 channels on by Winograd's filtering.
    try graph.append(Convolution(outputs: 18, kernel: 3, padding: 1))
    try graph.append(Activation.relu)
    try graph.append(Reshape.flatten)
    try graph.append(Linear(outputs: 19))
    try graph.append(Activation.relu)
    try graph.append(Linear(outputs: 7))
    try graph.append(CrossEntropy())
    return graph
  }

  static func shortcut() throws -> Graph {
    var graph = Graph(input: [8, 9, 5])
    try graph.append(Convolution(outputs: 19, kernel: 3, padding: 1, bias: false))
    try graph.append(BatchNormalization())
    try graph.append(Activation.relu)
    try graph.append(MaxPool(window: 3, stride: 1, padding: 1))
    try graph.append(Convolution(outputs: 19, kernel: 3, padding: 1, bias: false))
    try graph.append(BatchNormalization())
    let start = try graph.append(Activation.relu)
    try graph.append(Convolution(outputs: 21, kernel: 3, stride: 2, padding: 1, bias: false))
    let main = try graph.append(BatchNormalization())
    try graph.add(Convolution(outputs: 21, kernel: 1, stride: 2, bias: false), to: [start])
    let shortcut = try graph.append(BatchNormalization())
    try graph.add(Add(), to: [main, shortcut])
    try graph.append(Activation.relu)
    try graph.append(GlobalAveragePool())
    try graph.append(Linear(outputs: 7))
    try graph.append(CrossEntropy())
    return graph
  }

  static func languageModel() throws -> Graph {
    var graph = Graph(input: [5], element: .int)
    let tokens = try graph.append(Embedding(count: 7, width: 12))
    try graph.append(Positions())
    let x = try graph.append(Dropout(0.2))
    try graph.append(LayerNormalization())
    try graph.append(Linear(outputs: 20))
    // Three query heads and the key head.
    try graph.append(RotaryPositions(heads: 4, headSize: 4))
    try graph.append(Attention(heads: 3, keyValueHeads: 1, causal: true))
    try graph.append(Linear(outputs: 12))
    let middle = try graph.add(Add(), to: [x, graph.append(Dropout(0.3))])
    try graph.append(RMSNormalization())
    try graph.append(Linear(outputs: 29))
    try graph.append(Activation.gelu)
    try graph.add(Add(), to: [middle, graph.append(Linear(outputs: 12))])
    try graph.append(LayerNormalization())
    try graph.add(
      Linear(outputs: 7, bias: false, transposed: true), to: [graph.lastNode],
      sharing: [0: graph.nodes[tokens].parameters[0]])
    try graph.append(CrossEntropy(labelSmoothing: 0.1, ignoredIndex: 2))
    return graph
  }

  static func depthwise() throws -> Graph {
    var graph = Graph(input: [7, 8, 5])
    try graph.append(Convolution(outputs: 21, kernel: 1))
    try graph.append(Convolution(outputs: 21, kernel: 3, padding: 1, groups: 21))
    try graph.append(GroupNormalization(groups: 3))
    try graph.append(Activation.silu)
    try graph.append(AveragePool(window: 3, stride: 2, padding: 1))
    try graph.append(Activation.sigmoid)
    try graph.append(Reshape.flatten)
    try graph.append(Linear(outputs: 3))
    try graph.append(BinaryCrossEntropy())
    return graph
  }

  static func branches() throws -> Graph {
    var graph = Graph(input: [5, 6])
    try graph.append(Linear(outputs: 22))
    let rows = try graph.append(Positions())
    let left = try graph.add(Slice(axis: 1, range: 0..<9), to: [rows])
    let right = try graph.add(Slice(axis: 1, range: 9..<18), to: [rows])
    let scores = try graph.add(MatrixProduct(transposesRight: true), to: [left, right])
    let weights = try graph.add(Softmax(), to: [scores])
    try graph.add(MatrixProduct(), to: [weights, right])
    try graph.append(Transpose([1, 0]))
    let turned = try graph.append(Activation.softplus)
    let sums = try graph.add(Reduce(.sum, axes: [1]), to: [turned])
    let means = try graph.add(Reduce(.mean, axes: [0]), to: [left])
    try graph.add(Concatenate(axis: 0, count: 2), to: [sums, means])
    try graph.append(Activation.tanh)
    try graph.append(Softmax(logarithm: true))
    try graph.append(Huber(delta: 0.3))
    return graph
  }

  static func perceptron() throws -> Graph {
    var graph = Graph(input: [17])
    try graph.append(Linear(outputs: 19))
    try graph.append(Activation.leakyReLU(slope: 0.1))
    try graph.append(Linear(outputs: 7))
    try graph.append(CrossEntropy())
    return graph
  }
}
