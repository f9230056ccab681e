// Operations with one input are layers themselves. Where models use a shorter word, it is another name of the
// operation, so that there is one type, one documentation and one set of defaults.

extension Linear: Layer {
  /// A linear layer over the last dimension: `[…, K]` to `[…, outputs]`; parameters `weight [K, outputs]` and
  /// `bias [outputs]`.
  public init(_ outputs: Int, bias: Bool = true) { self.init(outputs: outputs, bias: bias) }
}

/// The largest element of each window: `[H, W, C]` to `[OH, OW, C]`.
public typealias MaxPool2D = MaxPool

extension MaxPool: Layer {
  /// The word in models.
  public var layerName: String { "MaxPool2D" }

  /// A pooling over square windows, `stride` (by default the window) pixels apart.
  public init(_ window: Int, stride: Int? = nil, padding: Int = 0) {
    self.init(window: window, stride: stride, padding: padding)
  }
}

/// The mean of each window: `[H, W, C]` to `[OH, OW, C]`.
public typealias AveragePool2D = AveragePool

extension AveragePool: Layer {
  /// The word in models.
  public var layerName: String { "AveragePool2D" }

  /// A pooling over square windows, `stride` (by default the window) pixels apart.
  public init(_ window: Int, stride: Int? = nil, padding: Int = 0, countsPadding: Bool = true) {
    self.init(window: window, stride: stride, padding: padding, countsPadding: countsPadding)
  }
}

/// The mean of each channel: `[H, W, C]` to `[C]`.
public typealias GlobalAveragePool2D = GlobalAveragePool

extension GlobalAveragePool: Layer {
  /// The word in models.
  public var layerName: String { "GlobalAveragePool2D" }
}

/// Normalises each channel (the last dimension) by its statistics in a grain; shape unchanged.
public typealias BatchNorm = BatchNormalization

extension BatchNormalization: Layer {
  /// The word in models.
  public var layerName: String { "BatchNorm" }
}

/// Normalises over the last dimension; shape unchanged.
public typealias LayerNorm = LayerNormalization

extension LayerNormalization: Layer {
  /// The word in models.
  public var layerName: String { "LayerNorm" }
}

/// Divides by the root mean square of the last dimension; shape unchanged.
public typealias RMSNorm = RMSNormalization

extension RMSNormalization: Layer {
  /// The word in models.
  public var layerName: String { "RMSNorm" }
}

/// Normalises each group of channels of an example; shape unchanged.
public typealias GroupNorm = GroupNormalization

extension GroupNormalization: Layer {
  /// The word in models.
  public var layerName: String { "GroupNorm" }

  /// A normalisation over `groups` groups, which divide the channels.
  public init(_ groups: Int, epsilon: Float = 1e-5) { self.init(groups: groups, epsilon: epsilon) }
}

extension Softmax: Layer {
  /// The word in models.
  public var layerName: String { logarithm ? "LogSoftmax" : "Softmax" }
}

/// The logarithm of the softmax over the last dimension; shape unchanged.
public struct LogSoftmax: Layer {
  /// The layer.
  public init() {}

  /// Adds the softmax.
  public func add(
    to context: inout LayerContext, behind input: NodeID
  ) throws(GraphError) -> NodeID {
    try context.add(Softmax(logarithm: true), to: [input])
  }
}

/// All elements as one dimension: `[H, W, C]` to `[H * W * C]`.
public struct Flatten: Layer {
  /// The layer.
  public init() {}

  /// Adds the reshape.
  public func add(
    to context: inout LayerContext, behind input: NodeID
  ) throws(GraphError) -> NodeID {
    try context.add(Reshape.flatten, to: [input])
  }
}

extension Embedding: Layer {
  /// A table of `count` rows: tokens `[T]` to `[T, width]`; parameter `weight [count, width]`.
  public init(_ count: Int, width: Int) { self.init(count: count, width: width) }
}

extension Attention: Layer {}
extension Dropout: Layer {}
extension Positions: Layer {}
extension Reduce: Layer {}
extension Reshape: Layer {}
extension RotaryPositions: Layer {}
extension Slice: Layer {}
extension Transpose: Layer {}
