import ComputeGraph
import Foundation
package import OpenCL

/// One training step of the small networks of a case, every step's output hashed.
package struct SelfTestRun {
  /// A hash of what each step wrote, in order.
  package private(set) var hashes: [(step: String, hash: String)] = []
  /// Steps that wrote nothing but zeros, or something that is no number: no test of anything.
  package private(set) var degenerate: [String] = []

  static let examples = 7, grain = 3, capacity = 9

  /// Runs networks on a device, one after the other.
  ///
  /// - Parameters:
  ///   - networks: Those of a case.
  ///   - device: The device.
  ///   - cache: Keeps the programs on disk.
  ///   - tiles: How products are cut; changes no bit.
  ///   - kernels: How kernels are written, nil for what suits the device; changes no bit.
  ///   - separatesParameters: Whether each parameter is a bucket of its own, for a checker of memory accesses;
  ///     changes no bit.
  /// - Throws: The OpenCL call that failed.
  package init(
    _ networks: [SelfTestCase.Network], device: Device, cache: ProgramCache?,
    tiles: TileChoice = .large, kernels: KernelVariant? = nil, separatesParameters: Bool = false
  ) throws {
    let library = KernelLibrary(context: try Context(device: device), cache: cache)
    for network in networks {
      try run(
        network, library, tiles: tiles, kernels: kernels, separatesParameters: separatesParameters)
    }
  }

  private mutating func run(
    _ network: SelfTestCase.Network, _ library: KernelLibrary, tiles: TileChoice,
    kernels: KernelVariant?, separatesParameters: Bool
  ) throws {
    let plan = try Plan(network.graph)
    let layout = BucketLayout(
      plan,
      sizes: BucketSizes(
        first: separatesParameters ? 1 : 100, others: separatesParameters ? 1 : 1000))
    var settings = CompiledPlan.Settings(
      capacity: Self.capacity, grain: Self.grain, optimizer: network.optimizer)
    settings.tiles = tiles
    settings.kernels = kernels
    settings.keepsAll = true
    settings.keepsAverages = network.keepsAverages
    let compiled = try CompiledPlan(
      plan, layout: layout, library: library, queue: CommandQueue(context: library.context),
      settings: settings)
    try compiled.setWeights(Self.weights(plan.graph))
    let inputs = try WaveInputs(compiled)
    try inputs.upload(Array(0..<Self.examples)[...], from: SelfTestExamples(plan))
    let scale = GradientScale(largest: 4)
    let scales = Array(repeating: scale, count: plan.graph.parameters.count)
    try compiled.beginStep(seed: 13, step: 3)
    // The second wave, of the same examples, adds to the sums of the first.
    for accumulates in [false, true] {
      try compiled.enqueueForward(examples: Self.examples)
      try compiled.enqueueBackward(
        examples: Self.examples, scales: scales, accumulates: accumulates
      ) { _ in }
    }
    try hash(plan.prologue + plan.forward + plan.backward, compiled)
    try compiled.update(fromSumsScaledBy: scale.inverse, examples: Self.examples)
    for (kernel, averaged) in [(network.optimizer.kernel, false), ("average_update", true)]
    where network.keepsAverages || !averaged {
      var data = Data()
      for values in try compiled.weights(averaged: averaged) { append(values, to: &data) }
      add(kernel, data)
    }
    try compiled.beginEvaluation()
    try compiled.enqueueForward(examples: Self.examples, mode: .evaluation)
    try hash(plan.evaluation.filter { !plan.forward.contains($0) }, compiled)
  }

  private mutating func hash(_ steps: [Step], _ compiled: CompiledPlan) throws {
    for step in steps {
      var data = Data()
      if let parameter = step.parameter { append(try compiled.readSums(parameter), to: &data) }
      for output in step.outputs {
        let values = try compiled.read(output, examples: Self.examples, grain: Self.grain)
        if values.contains(where: \.isNaN) { degenerate.append("\(step.kernel) \(hashes.count)") }
        append(values, to: &data)
      }
      add(step.kernel, data)
    }
  }

  private mutating func add(_ kernel: String, _ data: Data) {
    let step = "\(kernel) \(hashes.count)"
    if data.allSatisfy({ $0 == 0 }) { degenerate.append(step) }
    hashes.append((step, SelfTest.digest(data)))
  }

  private func append<Element: BitwiseCopyable>(_ values: [Element], to data: inout Data) {
    values.withUnsafeBytes { data.append(contentsOf: $0) }
  }

  /// Initial weights, but no bias in the first layer: denormal inputs must reach the next layers.
  private static func weights(_ graph: Graph) -> [[Float]] {
    graph.parameters.enumerated().map { id, parameter in
      let isFirstBias = id == 1 && parameter.role == .bias && parameter.initialValue != .constant(1)
      return isFirstBias
        ? Array(repeating: 0, count: parameter.shape.count)
        : parameter.initialValues(seed: 11, id: id)
    }
  }
}

/// Uniform pixels, of which those of the second example are denormal numbers; or tokens.
private struct SelfTestExamples: ExampleSource {
  let exampleShape: Shape, exampleElement: Tensor.Element
  let targetShape: Shape, targetElement: Tensor.Element
  let count = 7
  let classCount = 7

  init(_ plan: Plan) {
    (exampleShape, exampleElement) = (plan.graph.inputShape, plan.graph.inputElement)
    let targets = plan.tensors[plan.targets]
    (targetShape, targetElement) = (targets.shape, targets.element)
  }

  func gather(
    _ indices: ArraySlice<Int>, examples: UnsafeMutableRawBufferPointer,
    targets: UnsafeMutableRawBufferPointer
  ) {
    for (row, index) in indices.enumerated() {
      fill(examples, row, exampleShape.count, exampleElement, index, stream: 0)
      fill(targets, row, targetShape.count, targetElement, index, stream: 1)
    }
  }

  private func fill(
    _ memory: UnsafeMutableRawBufferPointer, _ row: Int, _ count: Int, _ element: Tensor.Element,
    _ index: Int, stream: UInt32
  ) {
    let philox = Philox(seed: 12)
    for i in 0..<count {
      let word = philox.block(SIMD4(UInt32(i), UInt32(index), stream, 0))[0]
      let offset = (row * count + i) * 4
      switch element {
      case .float:
        let value = (2 * Philox.unitFloat(word) - 1) * (index == 1 ? 0x1p-130 : 1)
        memory.storeBytes(of: value, toByteOffset: offset, as: Float.self)
      case .int:
        memory.storeBytes(
          of: Int32(word % UInt32(classCount)), toByteOffset: offset, as: Int32.self)
      }
    }
  }
}

extension CompiledPlan {
  /// Turns the sums into gradients on the host and updates the weights with them, twice.
  fileprivate func update(fromSumsScaledBy inverse: Float, examples: Int) throws {
    for (index, bucket) in layout.buckets.enumerated() {
      let staging = try StagingBuffer(
        context: queue.context, queue: queue, byteCount: bucket.count * 4)
      let gradients = staging.bind(to: Float.self)
      gradients.update(repeating: 0)
      for parameter in bucket.parameters {
        for (offset, sum) in try readSums(parameter).enumerated() {
          gradients[layout.offsets[parameter] + offset] = Float(sum) * inverse
        }
      }
      let buffer = try Buffer(context: queue.context, byteCount: staging.byteCount)
      _ = try queue.upload(staging, to: buffer, byteCount: staging.byteCount)
      for step in 0..<2 {
        try enqueueUpdate(
          bucket: index,
          UpdateNumbers(
            optimizer, step: step, rate: 0.3, decay: 0.1, factor: 1 / Double(examples), grains: 3,
            averageDecay: 0.75), gradients: buffer)
      }
      try queue.finish()
    }
  }
}
