public import ComputeGraph

/// Random examples of any shape, for measuring speed and for tests: a function of the seed and the index alone.
public struct SyntheticExamples: ExampleSource {
  /// Number of examples.
  public let count: Int
  /// Shape of one example.
  public let exampleShape: Shape
  /// Floats, or tokens.
  public let exampleElement: Tensor.Element
  /// Shape of one example's targets.
  public let targetShape: Shape
  /// Class indices or tokens, or floats.
  public let targetElement: Tensor.Element
  /// Number of classes, or of tokens.
  public let classCount: Int
  private let philox: Philox
  /// All examples and targets, where they are few: drawing them anew each time would be measured, too.
  private var drawn: (examples: [UInt32], targets: [UInt32])?

  /// Bytes up to which examples are kept.
  private static let keptByteCount = 256 << 20

  /// Examples with elements uniform in [-1, 1), or tokens less than `classCount`; targets likewise.
  public init(
    count: Int, seed: UInt64, shape: Shape, element: Tensor.Element = .float,
    targetShape: Shape = [], targetElement: Tensor.Element = .int, classCount: Int
  ) {
    precondition(count > 0 && classCount > 0)
    self.count = count
    exampleShape = shape
    exampleElement = element
    self.targetShape = targetShape
    self.targetElement = targetElement
    self.classCount = classCount
    philox = Philox(seed: seed)
    let sizes = (shape.count * count, targetShape.count * count)
    guard (sizes.0 + sizes.1) * 4 <= Self.keptByteCount else { return }
    var (examples, targets) = (
      [UInt32](repeating: 0, count: sizes.0), [UInt32](repeating: 0, count: sizes.1)
    )
    examples.withUnsafeMutableBytes { examples in
      targets.withUnsafeMutableBytes { draw(0..<count, examples: examples, targets: $0) }
    }
    drawn = (examples, targets)
  }

  /// Draws the examples and targets of these indices.
  public func gather(
    _ indices: ArraySlice<Int>, examples: UnsafeMutableRawBufferPointer,
    targets: UnsafeMutableRawBufferPointer
  ) {
    guard let drawn else { return draw(indices, examples: examples, targets: targets) }
    copy(drawn.examples, exampleShape.count, indices, to: examples)
    copy(drawn.targets, targetShape.count, indices, to: targets)
  }

  private func copy(
    _ drawn: [UInt32], _ count: Int, _ indices: ArraySlice<Int>,
    to memory: UnsafeMutableRawBufferPointer
  ) {
    drawn.withUnsafeBytes { drawn in
      for (row, index) in indices.enumerated() {
        UnsafeMutableRawBufferPointer(rebasing: memory[(row * count * 4)...]).copyMemory(
          from: UnsafeRawBufferPointer(
            rebasing: drawn[(index * count * 4)..<((index + 1) * count * 4)]))
      }
    }
  }

  private func draw(
    _ indices: some Sequence<Int>, examples: UnsafeMutableRawBufferPointer,
    targets: UnsafeMutableRawBufferPointer
  ) {
    for (row, index) in indices.enumerated() {
      fill(examples, row, exampleShape.count, exampleElement, index: index, part: 0)
      fill(targets, row, targetShape.count, targetElement, index: index, part: 1)
    }
  }

  private func fill(
    _ memory: UnsafeMutableRawBufferPointer, _ row: Int, _ count: Int, _ element: Tensor.Element,
    index: Int, part: UInt32
  ) {
    for block in 0..<(count + 3) / 4 {
      let words = philox.block(SIMD4(UInt32(block), UInt32(index), part, 1000))
      for lane in 0..<min(4, count - 4 * block) {
        let offset = (row * count + 4 * block + lane) * 4
        switch element {
        case .float:
          memory.storeBytes(
            of: 2 * Philox.unitFloat(words[lane]) - 1, toByteOffset: offset, as: Float.self)
        case .int:
          memory.storeBytes(
            of: Int32(words[lane] % UInt32(classCount)), toByteOffset: offset, as: Int32.self)
        }
      }
    }
  }
}
