import ComputeGraph

extension OperationCase {
  /// Every operation with every option.
  package static let all =
    products + convolutions + pools + normalizations + pointwise + sequences + shapes + losses

  /// Sums of products.
  package static let products: [OperationCase] = [
    OperationCase("linear", [19], operation: Linear(outputs: 21)),
    OperationCase("linear, one output", [37], operation: Linear(outputs: 1)),
    OperationCase("linear, tokens, no bias", [5, 19], operation: Linear(outputs: 7, bias: false)),
    OperationCase("linear, image", [3, 5, 7], operation: Linear(outputs: 18)),
    OperationCase("linear, transposed", [3, 7], operation: Linear(outputs: 21, transposed: true)),
    OperationCase(
      "linear, transposed, no bias", [13],
      operation: Linear(outputs: 33, bias: false, transposed: true)),
    OperationCase("matrix product", [5, 7], [7, 19], operation: MatrixProduct()),
    OperationCase("matrix product, batch", [3, 5, 7], [3, 7, 11], operation: MatrixProduct()),
    OperationCase(
      "matrix product, left transposed", [3, 7, 5], [3, 7, 11],
      operation: MatrixProduct(transposesLeft: true)),
    OperationCase(
      "matrix product, right transposed", [3, 5, 7], [3, 11, 7],
      operation: MatrixProduct(transposesRight: true)),
    OperationCase(
      "matrix product, both transposed", [3, 7, 18], [3, 21, 7],
      operation: MatrixProduct(transposesLeft: true, transposesRight: true)),
    OperationCase(
      "matrix product, two batch dimensions", [2, 3, 5, 7], [2, 3, 7, 9],
      operation: MatrixProduct()),
  ]

  /// Convolutions.
  package static let convolutions: [OperationCase] = [
    OperationCase(
      "convolution", [7, 9, 5], operation: Convolution(outputs: 11, kernel: 3, padding: 1)),
    OperationCase(
      "convolution, no padding, no bias", [7, 6, 3],
      operation: Convolution(outputs: 5, kernel: 3, bias: false)),
    OperationCase(
      "convolution, one pixel", [3, 5, 19], operation: Convolution(outputs: 21, kernel: 1)),
    OperationCase(
      "convolution, one pixel, stride", [6, 5, 7],
      operation: Convolution(outputs: 9, kernel: 1, stride: 2, bias: false)),
    OperationCase(
      "convolution, even kernel", [5, 7, 3],
      operation: Convolution(outputs: 6, kernel: 2, padding: 1)),
    OperationCase(
      "convolution, oblong kernel and padding", [7, 9, 3],
      operation: Convolution(outputs: 5, kernel: Extent2D(5, 3), padding: Extent2D(2, 0))),
    OperationCase(
      "convolution, line", [1, 19, 3],
      operation: Convolution(outputs: 7, kernel: Extent2D(1, 5), padding: Extent2D(0, 2))),
    OperationCase(
      "convolution, stride", [9, 7, 5],
      operation: Convolution(outputs: 11, kernel: 3, stride: 2, padding: 1)),
    OperationCase(
      "convolution, stride with leftover", [9, 7, 3],
      operation: Convolution(outputs: 5, kernel: 2, stride: 3)),
    OperationCase(
      "convolution, stem", [13, 11, 3],
      operation: Convolution(outputs: 5, kernel: 7, stride: 2, padding: 3, bias: false)),
    OperationCase(
      "convolution, dilation", [9, 7, 3],
      operation: Convolution(outputs: 5, kernel: 3, padding: 2, dilation: 2)),
    OperationCase(
      "convolution, dilation and stride", [11, 9, 3],
      operation: Convolution(outputs: 5, kernel: 3, stride: 2, padding: 1, dilation: 3)),
    OperationCase(
      "convolution, groups", [7, 5, 9],
      operation: Convolution(outputs: 15, kernel: 3, padding: 1, groups: 3)),
    OperationCase(
      "convolution, groups, stride, dilation, no bias", [9, 11, 6],
      operation: Convolution(
        outputs: 10, kernel: Extent2D(2, 3), stride: 2, padding: 1, dilation: 2, groups: 2,
        bias: false)),
    OperationCase(
      "convolution, depthwise", [7, 9, 11],
      operation: Convolution(outputs: 11, kernel: 3, padding: 1, groups: 11)),
    OperationCase(
      "convolution, depthwise, stride, no bias", [9, 7, 19],
      operation: Convolution(outputs: 19, kernel: 5, stride: 2, padding: 2, groups: 19, bias: false)
    ),
    OperationCase(
      "convolution, depthwise, dilation", [9, 7, 5],
      operation: Convolution(
        outputs: 5, kernel: Extent2D(3, 2), padding: 2, dilation: 2, groups: 5)),
    OperationCase(
      "convolution, three filters per channel", [5, 6, 7],
      operation: Convolution(outputs: 21, kernel: 3, padding: 1, groups: 7)),
    // From 16 channels on, both sides, 3 x 3 with stride 1 is computed by Winograd's filtering.
    OperationCase(
      "convolution, Winograd", [7, 9, 19], operation: Convolution(outputs: 37, kernel: 3, padding: 1)),
    OperationCase(
      "convolution, Winograd, no padding, no bias", [6, 5, 35],
      operation: Convolution(outputs: 17, kernel: 3, bias: false)),
    OperationCase(
      "convolution, Winograd, wide padding, several chunks", [3, 4, 83],
      operation: Convolution(outputs: 21, kernel: 3, padding: Extent2D(2, 1))),
    OperationCase(
      "convolution, Winograd, several chunks of tiles", [13, 19, 17],
      operation: Convolution(outputs: 16, kernel: 3, padding: Extent2D(1, 2))),
  ]

  /// Poolings.
  package static let pools: [OperationCase] = [
    OperationCase("max pool", [7, 6, 5], operation: MaxPool(window: 2)),
    OperationCase("max pool, overlap", [7, 9, 3], operation: MaxPool(window: 3, stride: 1)),
    OperationCase(
      "max pool, padding", [9, 7, 19], operation: MaxPool(window: 3, stride: 2, padding: 1)),
    OperationCase("max pool, gaps", [7, 9, 5], operation: MaxPool(window: 2, stride: 3)),
    OperationCase("average pool", [7, 6, 5], operation: AveragePool(window: 2)),
    OperationCase(
      "average pool, overlap", [7, 9, 3], operation: AveragePool(window: 3, stride: 1)),
    OperationCase(
      "average pool, padding", [9, 7, 19],
      operation: AveragePool(window: 3, stride: 2, padding: 1)),
    OperationCase(
      "average pool, padding not counted", [9, 7, 5],
      operation: AveragePool(window: 3, stride: 2, padding: 1, countsPadding: false)),
    OperationCase("average pool, gaps", [7, 9, 5], operation: AveragePool(window: 2, stride: 3)),
    OperationCase("global average pool", [7, 5, 19], operation: GlobalAveragePool()),
  ]

  /// Normalisations.
  package static let normalizations: [OperationCase] = [
    OperationCase("batch normalization", [5, 7, 19], operation: BatchNormalization())
      .with(\.tolerance, backThroughStatistics),
    OperationCase("batch normalization, vector", [21], operation: BatchNormalization())
      .with(\.tolerance, twoElements),
    OperationCase(
      "batch normalization, options", [7, 5],
      operation: BatchNormalization(momentum: 0.25, epsilon: 0.125)),
    OperationCase("batch normalization, evaluation", [5, 3, 11], operation: BatchNormalization())
      .with(\.mode, .evaluation),
    OperationCase("layer normalization", [19], operation: LayerNormalization()),
    OperationCase(
      "layer normalization, tokens", [7, 37], operation: LayerNormalization(epsilon: 0.125)),
    OperationCase("rms normalization", [19], operation: RMSNormalization()),
    OperationCase(
      "rms normalization, tokens", [7, 37], operation: RMSNormalization(epsilon: 0.125)),
    OperationCase("group normalization", [5, 7, 9], operation: GroupNormalization(groups: 3)),
    OperationCase(
      "group normalization, one group", [5, 3, 7], operation: GroupNormalization(groups: 1)),
    OperationCase(
      "group normalization, channels", [5, 7, 3],
      operation: GroupNormalization(groups: 3, epsilon: 0.125)
    ).with(\.tolerance, cancellingSums),
    OperationCase("group normalization, vector", [35], operation: GroupNormalization(groups: 5)),
  ]

  /// Functions of each element, and of rows.
  package static let pointwise: [OperationCase] = [
    OperationCase("relu", [5, 7], operation: Activation.relu),
    OperationCase("leaky relu", [5, 7], operation: Activation.leakyReLU()),
    OperationCase("leaky relu, slope", [37], operation: Activation.leakyReLU(slope: 0.3)),
    OperationCase("gelu", [5, 7], operation: Activation.gelu),
    OperationCase("gelu by tanh", [5, 7], operation: Activation.geluTanh),
    OperationCase("silu", [5, 7], operation: Activation.silu),
    OperationCase("sigmoid", [5, 7], operation: Activation.sigmoid),
    OperationCase("tanh", [5, 7], operation: Activation.tanh),
    OperationCase("softplus", [5, 7], operation: Activation.softplus),
    OperationCase("softmax", [19], operation: Softmax()),
    OperationCase("softmax, rows", [3, 5, 7], operation: Softmax()),
    OperationCase("log softmax", [5, 37], operation: Softmax(logarithm: true)),
    OperationCase("dropout", [5, 19], operation: Dropout(0.3)),
    OperationCase("dropout, image", [3, 5, 7], operation: Dropout(0.75)),
    OperationCase("dropout of nothing", [5, 7], operation: Dropout(0)),
    OperationCase("dropout, evaluation", [5, 7], operation: Dropout(0.3))
      .with(\.mode, .evaluation),
  ]

  /// Operations on tokens.
  package static let sequences: [OperationCase] = [
    OperationCase("embedding", [7], operation: Embedding(count: 13, width: 19)),
    OperationCase("embedding, one token", [], operation: Embedding(count: 3, width: 5)),
    OperationCase("embedding, most rows unused", [3], operation: Embedding(count: 101, width: 7)),
    OperationCase("positions", [5, 19], operation: Positions()),
    OperationCase("rotary positions", [7, 18], operation: RotaryPositions(heads: 3, headSize: 6)),
    OperationCase(
      "rotary positions, offset and base", [11, 29],
      operation: RotaryPositions(heads: 2, headSize: 10, offset: 5, base: 100)),
    OperationCase("attention", [7, 45], operation: Attention(heads: 3, causal: false)),
    OperationCase("attention, causal", [7, 45], operation: Attention(heads: 3, causal: true)),
    OperationCase(
      "attention, grouped", [5, 70], operation: Attention(heads: 6, keyValueHeads: 2, causal: false)
    ),
    OperationCase(
      "attention, one key head, causal", [9, 35],
      operation: Attention(heads: 3, keyValueHeads: 1, causal: true)),
    OperationCase("attention, long", [37, 15], operation: Attention(heads: 1, causal: true)),
    OperationCase(
      "attention, wide heads", [3, 111], operation: Attention(heads: 1, causal: false)
    ).with(\.tolerance, longProducts),
    OperationCase("attention, one token", [1, 21], operation: Attention(heads: 1, causal: true)),
  ]

  /// Operations that move elements, or add them.
  package static let shapes: [OperationCase] = [
    OperationCase("add", [5, 19], [5, 19], operation: Add()),
    OperationCase("concatenate, only axis", [5], [19], operation: Concatenate(axis: 0, count: 2)),
    OperationCase(
      "concatenate, first axis", [3, 5, 7], [2, 5, 7], operation: Concatenate(axis: 0, count: 2)),
    OperationCase(
      "concatenate, middle axis", [3, 5, 7], [3, 6, 7], [3, 1, 7],
      operation: Concatenate(axis: 1, count: 3)),
    OperationCase(
      "concatenate, last axis", [3, 5, 7], [3, 5, 2], operation: Concatenate(axis: 2, count: 2)),
    OperationCase("slice, only axis", [37], operation: Slice(axis: 0, range: 5..<22)),
    OperationCase("slice, first axis", [7, 3, 5], operation: Slice(axis: 0, range: 2..<5)),
    OperationCase("slice, middle axis", [3, 7, 5], operation: Slice(axis: 1, range: 0..<4)),
    OperationCase("slice, last axis", [3, 5, 7], operation: Slice(axis: 2, range: 4..<7)),
    OperationCase("reshape", [3, 5, 14], operation: Reshape([7, 30])),
    OperationCase("flatten", [3, 5, 7], operation: Reshape.flatten),
    OperationCase("transpose, matrix", [19, 21], operation: Transpose([1, 0])),
    OperationCase("transpose, last two", [3, 5, 7], operation: Transpose([0, 2, 1])),
    OperationCase("transpose, first two", [3, 5, 7], operation: Transpose([1, 0, 2])),
    OperationCase("transpose, last first", [3, 5, 7], operation: Transpose([2, 0, 1])),
    OperationCase("transpose, first last", [3, 5, 7], operation: Transpose([1, 2, 0])),
    OperationCase("transpose, reversed", [3, 5, 7], operation: Transpose([2, 1, 0])),
    OperationCase("transpose, heads", [2, 3, 5, 7], operation: Transpose([0, 2, 1, 3])),
    OperationCase("reduce, sum, only axis", [37], operation: Reduce(.sum, axes: [0])),
    OperationCase("reduce, sum, first axis", [5, 3, 7], operation: Reduce(.sum, axes: [0])),
    OperationCase("reduce, mean, middle axis", [3, 5, 7], operation: Reduce(.mean, axes: [1])),
    OperationCase("reduce, sum, last axis", [3, 5, 19], operation: Reduce(.sum, axes: [2])),
    OperationCase(
      "reduce, mean, first two axes", [3, 5, 7], operation: Reduce(.mean, axes: [0, 1])),
    OperationCase("reduce, sum, last two axes", [3, 5, 7], operation: Reduce(.sum, axes: [1, 2])),
    OperationCase("reduce, mean, outer axes", [3, 5, 7], operation: Reduce(.mean, axes: [0, 2])),
    OperationCase("reduce, sum, all axes", [3, 5, 7], operation: Reduce(.sum, axes: [0, 1, 2])),
  ]

  /// Losses.
  package static let losses: [OperationCase] = [
    OperationCase("cross entropy", [19], operation: CrossEntropy()),
    OperationCase("cross entropy, tokens", [5, 37], operation: CrossEntropy()),
    OperationCase("cross entropy, smoothing", [19], operation: CrossEntropy(labelSmoothing: 0.1)),
    OperationCase(
      "cross entropy, ignored class", [7, 11], operation: CrossEntropy(ignoredIndex: 3)),
    OperationCase(
      "cross entropy, tokens, smoothing, ignored", [7, 21],
      operation: CrossEntropy(labelSmoothing: 0.25, ignoredIndex: -100)),
    OperationCase("mean squared error", [5, 7], operation: MeanSquaredError()),
    OperationCase("mean squared error, vector", [19], operation: MeanSquaredError()),
    OperationCase("huber", [5, 7], operation: Huber()),
    OperationCase("huber, delta", [19], operation: Huber(delta: 0.3)),
    OperationCase("binary cross entropy", [5, 7], operation: BinaryCrossEntropy()),
    OperationCase("binary cross entropy, one", [1], operation: BinaryCrossEntropy()),
  ]

  /// The gradient behind a normalisation is what is left of dy when its mean and its part along the normalised
  /// values are taken away: the error is that of dy (1.3e-6 of what is left).
  private static let backThroughStatistics = 3e-6

  /// The last grain has two examples, so a channel two values: normalised they are -1 and 1 whatever they were, and
  /// nearly nothing is left of their gradient but rounding (2.4e-5; 4.3e-5 in the sum behind it).
  private static let twoElements = 1e-4

  /// Scores are sums of 37 products, and the gradient two more such sums (1.35e-6).
  private static let longProducts = 3e-6

  /// A channel's scale has a gradient that is a sum of large terms of both signs (PyTorch's float32: 6e-7).
  private static let cancellingSums = 4e-6
}
