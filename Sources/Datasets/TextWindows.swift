public import ComputeGraph

/// Windows of a sequence of tokens; the targets are the tokens that follow each token of the window.
public struct TextWindows: ExampleSource {
  /// All tokens, each less than `classCount`.
  public let tokens: [Int32]
  /// Tokens of a window, T, and from one window's first to the next one's.
  public let context: Int, stride: Int
  /// Size of the vocabulary.
  public let classCount: Int

  /// Windows of `context` tokens, `stride` apart; there is at least one token more than a window has.
  public init(tokens: [Int32], context: Int, stride: Int, classCount: Int) {
    precondition(context > 0 && stride > 0 && tokens.count > context)
    self.tokens = tokens
    self.context = context
    self.stride = stride
    self.classCount = classCount
  }

  /// Number of whole windows.
  public var count: Int { (tokens.count - context - 1) / stride + 1 }
  /// T tokens.
  public var exampleShape: Shape { [context] }
  /// Tokens.
  public var exampleElement: Tensor.Element { .int }
  /// T tokens, each one later than in the window.
  public var targetShape: Shape { [context] }

  /// Copies the windows of these indices, and their targets.
  public func gather(
    _ indices: ArraySlice<Int>, examples: UnsafeMutableRawBufferPointer,
    targets: UnsafeMutableRawBufferPointer
  ) {
    let inputs = examples.bindMemory(to: Int32.self)
    let outputs = targets.bindMemory(to: Int32.self)
    for (row, index) in indices.enumerated() {
      let first = index * stride
      for t in 0..<context {
        inputs[row * context + t] = tokens[first + t]
        outputs[row * context + t] = tokens[first + t + 1]
      }
    }
  }
}
