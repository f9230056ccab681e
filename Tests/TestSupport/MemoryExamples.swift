package import ComputeGraph

/// Examples and targets in memory, of floats or of integers.
package struct MemoryExamples: ExampleSource {
  package let count: Int
  package let exampleShape: Shape, exampleElement: Tensor.Element
  package let targetShape: Shape, targetElement: Tensor.Element
  package let classCount: Int
  /// `[N, exampleShape]`; integers where the elements are tokens.
  package var values: [Float]
  /// `[N, targetShape]`; integers where the elements are classes.
  package var targets: [Float]

  /// Examples of the given values and targets.
  package init(
    shape: Shape, element: Tensor.Element = .float, values: [Float], targetShape: Shape = [],
    targetElement: Tensor.Element = .int, classCount: Int, targets: [Float]
  ) {
    (exampleShape, exampleElement) = (shape, element)
    (self.targetShape, self.targetElement) = (targetShape, targetElement)
    count = targets.count / targetShape.count
    precondition(values.count == count * shape.count)
    (self.classCount, self.values, self.targets) = (classCount, values, targets)
  }

  /// Images and their classes.
  package init(shape: Shape, classCount: Int, values: [Float], labels: [Int32]) {
    self.init(
      shape: shape, values: values, classCount: classCount, targets: labels.map(Float.init))
  }

  /// Random examples for a graph that ends with a loss.
  ///
  /// - Parameters:
  ///   - count: Number of examples.
  ///   - graph: The network.
  ///   - tokens: Tokens are less than this.
  ///   - seed: Decides all values.
  package init(random count: Int, for graph: Graph, tokens: Int = 7, seed: UInt64) {
    let last = graph.nodes[graph.lastNode]
    let x = graph.nodes[last.inputs[0]].shape
    let target = (last.operation as? any LossOperation)?.target(of: x) ?? ([], .int)
    let classCount = x.dimensions.last ?? 1
    self.init(
      shape: graph.inputShape, element: graph.inputElement,
      values: Self.random(
        count * graph.inputShape.count, graph.inputElement, below: tokens, seed: seed),
      targetShape: target.shape, targetElement: target.element, classCount: classCount,
      targets: Self.random(
        count * target.shape.count, target.element, below: classCount, seed: seed + 1))
  }

  private static func random(
    _ count: Int, _ element: Tensor.Element, below: Int, seed: UInt64
  ) -> [Float] {
    switch element {
    case .float: randomValues(count, seed: seed)
    case .int: randomWords(count, seed: seed).map { Float($0 % UInt32(below)) }
    }
  }

  /// Class indices of all examples.
  package var labels: [Int32] { targets.map { Int32($0) } }

  package func gather(
    _ indices: ArraySlice<Int>, examples: UnsafeMutableRawBufferPointer,
    targets memory: UnsafeMutableRawBufferPointer
  ) {
    for (row, index) in indices.enumerated() {
      Self.copy(values, index, exampleShape.count, exampleElement, to: examples, row)
      Self.copy(targets, index, targetShape.count, targetElement, to: memory, row)
    }
  }

  private static func copy(
    _ values: [Float], _ index: Int, _ count: Int, _ element: Tensor.Element,
    to memory: UnsafeMutableRawBufferPointer, _ row: Int
  ) {
    for i in 0..<count {
      let (value, offset) = (values[index * count + i], (row * count + i) * 4)
      switch element {
      case .float: memory.storeBytes(of: value, toByteOffset: offset, as: Float.self)
      case .int:
        // What is no integer stands for itself: tests poison memory with NaN.
        let word = value.isNaN ? 0 : Int32(value)
        memory.storeBytes(of: word, toByteOffset: offset, as: Int32.self)
      }
    }
  }
}
