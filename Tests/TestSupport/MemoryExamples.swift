package import ComputeGraph

/// Labelled examples in memory.
package struct MemoryExamples: ExampleSource {
  package let exampleShape: Shape
  package let classCount: Int
  /// `[N, exampleShape]`.
  package var values: [Float]
  /// `[N]`.
  package var labels: [Int32]

  package var count: Int { labels.count }

  /// Examples of the given values and classes.
  package init(shape: Shape, classCount: Int, values: [Float], labels: [Int32]) {
    precondition(values.count == labels.count * shape.count)
    exampleShape = shape
    self.classCount = classCount
    self.values = values
    self.labels = labels
  }

  /// Random examples for a graph that ends with logits and a cross-entropy.
  package init(random count: Int, for graph: Graph, seed: UInt64) {
    let classCount = graph.nodes[graph.nodes.count - 2].shape.count
    self.init(
      shape: graph.inputShape, classCount: classCount,
      values: randomValues(count * graph.inputShape.count, seed: seed),
      labels: randomWords(count, seed: seed + 1).map { Int32($0 % UInt32(classCount)) })
  }

  package func gather(
    _ indices: ArraySlice<Int>, examples: UnsafeMutableBufferPointer<Float>,
    labels: UnsafeMutableBufferPointer<Int32>
  ) {
    let size = exampleShape.count
    for (position, index) in indices.enumerated() {
      for i in 0..<size { examples[position * size + i] = values[index * size + i] }
      labels[position] = self.labels[index]
    }
  }
}
