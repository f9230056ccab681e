import ComputeGraph
import Execution
import OpenCL

/// One step of small networks that use every kernel, with sizes that no tile divides.
enum Networks {
  static func run(on device: Device, tiles: TileChoice) throws {
    let context = try Context(device: device)
    for (graph, fusesReLU) in [(try image(), true), (try image(), false), (try wide(), true)] {
      try run(Plan(graph, fusesReLU: fusesReLU), context: context, tiles: tiles)
    }
  }

  /// Rows of every width up to a vector, each at the very end of its memory.
  static func runWidths(on device: Device) throws {
    var graph = Graph(input: [3])
    for width in 1...17 { try graph.append(.linear(outputs: width)) }
    try graph.append(.crossEntropy)
    try run(Plan(graph), context: Context(device: device), tiles: .standard)
  }

  /// Convolutions, poolings, a copy before flatten; fused, its ReLUs are part of their neighbours.
  private static func image() throws -> Graph {
    var graph = Graph(input: [5, 6, 2])
    try graph.append(.convolution(outputs: 3, kernel: 3, padding: 1))
    try graph.append(.relu)
    try graph.append(.maxPool(window: 2, stride: 2))
    try graph.append(.convolution(outputs: 4, kernel: 2, padding: 1))
    try graph.append(.flatten)
    try graph.append(.relu)
    try graph.append(.linear(outputs: 7))
    try graph.append(.relu)
    try graph.append(.crossEntropy)
    return graph
  }

  /// More than one vector of columns, and more than one tile of them.
  private static func wide() throws -> Graph {
    var graph = Graph(input: [2, 3, 17])
    try graph.append(.convolution(outputs: 35, kernel: 1, padding: 0))
    try graph.append(.convolution(outputs: 18, kernel: 2, padding: 0))
    try graph.append(.maxPool(window: 1, stride: 1))
    try graph.append(.flatten)
    try graph.append(.linear(outputs: 32))
    // 32 x 20 weights fill their alignment: they end where their buffer does.
    try graph.append(.linear(outputs: 20))
    try graph.append(.linear(outputs: 37))
    try graph.append(.linear(outputs: 19))
    try graph.append(.crossEntropy)
    return graph
  }

  /// Two waves, the first as long as its memory, the second of one example, and an update.
  ///
  /// Every tensor is a buffer of its own, and so is every parameter, up to its alignment.
  private static func run(_ plan: Plan, context: Context, tiles: TileChoice) throws {
    let queue = try CommandQueue(context: context)
    let layout = BucketLayout(plan, firstCount: 1, count: 1)
    let compiled = try CompiledPlan(
      plan, layout: layout, library: KernelLibrary(context: context), queue: queue, capacity: 4,
      grain: 2, tiles: tiles, keepsAll: true)
    try compiled.setWeights(
      plan.graph.parameters.enumerated().map { $1.initialValues(seed: 1, id: $0) })
    let inputs = try WaveInputs(compiled)
    let source = Examples(
      exampleShape: plan.graph.inputShape,
      classCount: plan.graph.nodes[plan.graph.nodes.count - 2].shape.count)
    let scales = plan.graph.parameters.map { _ in GradientScale(largest: 1) }
    try compiled.beginStep()
    for wave in [[0, 1, 2, 3], [4]] {
      try inputs.upload(wave[...], from: source)
      try compiled.enqueueForward(examples: wave.count)
      try compiled.enqueueBackward(
        examples: wave.count, scales: scales, accumulates: wave[0] > 0
      ) { _ throws(OpenCLError) in }
    }
    for bucket in layout.buckets.indices {
      try compiled.enqueueUpdate(
        bucket: bucket, MomentumUpdate(rate: 0.1, momentum: 0.9, examples: source.count))
    }
    try queue.finish()
    // The test compares these with the names in the sources.
    for kernel in compiled.kernelNames.sorted() { print("ran", kernel) }
  }
}

/// Five examples of fixed values.
private struct Examples: ExampleSource {
  let count = 5
  let exampleShape: Shape
  let classCount: Int

  func gather(
    _ indices: ArraySlice<Int>, examples: UnsafeMutableBufferPointer<Float>,
    labels: UnsafeMutableBufferPointer<Int32>
  ) {
    let size = exampleShape.count
    for (row, index) in indices.enumerated() {
      for i in 0..<size { examples[row * size + i] = Float((index * size + i) * 29 % 31 - 15) / 15 }
      labels[row] = Int32(index % classCount)
    }
  }
}
