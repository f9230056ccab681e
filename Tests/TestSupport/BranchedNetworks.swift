import ComputeGraph

// Networks whose nodes have several readers.
extension TestNetwork {
  /// Batch normalisations, strides, 1 x 1 and depthwise convolutions, a shortcut, global pooling.
  package static let residual = TestNetwork("residual", examples: 7, grain: 3) {
    var graph = Graph(input: [9, 10, 3])
    try graph.append(Convolution(outputs: 19, kernel: 3, padding: 1, bias: false))
    try graph.append(BatchNormalization())
    let start = try graph.append(Activation.relu)
    try graph.append(Convolution(outputs: 21, kernel: 3, stride: 2, padding: 1, bias: false))
    try graph.append(BatchNormalization())
    try graph.append(Activation.silu)
    // No bias: its gradient would be zero but for rounding.
    try graph.append(Convolution(outputs: 21, kernel: 3, padding: 1, groups: 21, bias: false))
    let main = try graph.append(BatchNormalization())
    try graph.add(Convolution(outputs: 21, kernel: 1, stride: 2, bias: false), to: [start])
    let shortcut = try graph.append(BatchNormalization())
    try graph.add(Add(), to: [main, shortcut])
    let joined = try graph.append(Activation.relu)
    let linear = try graph.append(Convolution(outputs: 21, kernel: 1))
    try graph.add(Add(), to: [joined, linear])
    try graph.append(GlobalAveragePool())
    try graph.append(Dropout(0.3))
    try graph.append(Linear(outputs: 7))
    try graph.append(CrossEntropy(labelSmoothing: 0.1))
    return graph
  }

  /// A transformer of one block whose embedding is also the weight of the last layer.
  package static let transformer = TestNetwork("transformer", examples: 7, grain: 3) {
    try languageModel(hasCheckpoint: false)
  }

  /// The same transformer, whose block is computed again in backward.
  package static let checkpoint = TestNetwork("checkpoint", examples: 7, grain: 3) {
    try languageModel(hasCheckpoint: true)
  }

  /// Branches that are cut, moved, multiplied and joined.
  package static let moves = TestNetwork("moves", examples: 7, grain: 3) {
    var graph = Graph(input: [5, 6])
    let rows = try graph.append(Linear(outputs: 22))
    let left = try graph.add(Slice(axis: 1, range: 0..<9), to: [rows])
    let right = try graph.add(Slice(axis: 1, range: 9..<18), to: [rows])
    let scores = try graph.add(MatrixProduct(transposesRight: true), to: [left, right])
    let weights = try graph.add(Softmax(), to: [scores])
    let mixed = try graph.add(MatrixProduct(), to: [weights, right])
    let turned = try graph.add(Transpose([1, 0]), to: [mixed])
    let sums = try graph.add(Reduce(.sum, axes: [1]), to: [turned])
    let means = try graph.add(Reduce(.mean, axes: [0]), to: [left])
    let both = try graph.add(Concatenate(axis: 0, count: 2), to: [sums, means])
    try graph.add(GroupNormalization(groups: 3), to: [both])
    try graph.append(Activation.softplus)
    try graph.append(Linear(outputs: 5))
    try graph.append(Activation.tanh)
    try graph.append(Huber(delta: 0.3))
    return graph
  }

  /// Every network with branches.
  package static let branched = [residual, transformer, checkpoint, moves]

  private static func languageModel(hasCheckpoint: Bool) throws -> Graph {
    var graph = Graph(input: [5], element: .int)
    let tokens = try graph.append(Embedding(count: 11, width: 12), name: "tokens")
    try graph.append(Positions())
    let x = try graph.append(Dropout(0.2))
    if hasCheckpoint { graph.beginCheckpoint() }
    try graph.append(LayerNormalization())
    try graph.append(Linear(outputs: 20))
    // Three query heads and the key head.
    try graph.append(RotaryPositions(heads: 4, headSize: 4))
    try graph.append(Attention(heads: 3, keyValueHeads: 1, causal: true))
    try graph.append(Linear(outputs: 12))
    let attended = try graph.append(Dropout(0.3))
    let middle = try graph.add(Add(), to: [x, attended])
    try graph.append(RMSNormalization())
    try graph.append(Linear(outputs: 29))
    try graph.append(Activation.gelu)
    let block = try graph.append(Linear(outputs: 12, bias: false))
    try graph.add(Add(), to: [middle, block])
    if hasCheckpoint { graph.endCheckpoint() }
    try graph.append(LayerNormalization())
    try graph.add(
      Linear(outputs: 11, bias: false, transposed: true), to: [graph.lastNode],
      sharing: [0: graph.nodes[tokens].parameters[0]])
    try graph.append(CrossEntropy(ignoredIndex: 2))
    return graph
  }
}
