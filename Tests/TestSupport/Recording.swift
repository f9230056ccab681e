package import ComputeGraph
package import Execution
import OpenCL

/// How a network is run on a device.
package struct RunSetting {
  /// Whether element-wise operations join their neighbours.
  package var fuses = true
  /// Training, or evaluation: forward alone.
  package var mode = PlanMode.training
  /// How weights would be updated.
  package var optimizer = Optimizer.sgd()
  /// Keys dropout.
  package var seed: UInt64 = 5, step = 2
  /// How products are cut.
  package var tiles = TileChoice.standard
  /// How kernels are written; nil for what suits the device.
  package var kernels: KernelVariant?
  /// Takes the time of every launch.
  package var profile: LaunchProfile?
  /// Examples whose gradients are summed in floats.
  package var grain = 4
  /// Most examples of one wave.
  package var capacity = 8
  /// Examples of each wave, in turn; at most the capacity, which is taken where this is empty.
  package var waves: [Int] = []
  /// The scale of every parameter's gradient; resolves 2^-33 of gradients of magnitude 1.
  package var scale = GradientScale(largest: 1)
  /// Whether every tensor has memory of its own, so that all can be recorded and not only the losses.
  package var keepsAll = true
  /// Elements of the first bucket and of the others.
  package var bucketCounts = (first: 1 << 10, others: 1 << 14)

  /// The setting that tests begin with.
  package init() {}
}

/// Everything that a step left behind on a device, for all its examples.
package struct Recording {
  /// The plan that ran.
  package let plan: Plan
  /// Values of each tensor, by id, in the order of the examples.
  package fileprivate(set) var tensors: [[Float]]
  /// Loss of each example.
  package var losses: [Float] { tensors[plan.loss] }
  /// Predictions of each example that were right, and those that count.
  package var correct: [Int32] { tensors[plan.correct].map { Int32(bitPattern: $0.bitPattern) } }
  package var counted: [Int32] { tensors[plan.counted].map { Int32(bitPattern: $0.bitPattern) } }
  /// Output of a node, and its gradient, where the plan keeps them.
  package func output(_ node: NodeID) -> [Float]? { plan.outputs[node].map { tensors[$0] } }
  package func gradient(_ node: NodeID) -> [Float]? { plan.gradients[node].map { tensors[$0] } }
  /// Gradient sums of each parameter, by id: integers, to be multiplied by the inverse of the scale.
  package fileprivate(set) var sums: [[Int64]] = []
  /// Bits of the largest gradient that did not fit, of each parameter, by id; 0 if all did.
  package fileprivate(set) var magnitudes: [Int32] = []
}

extension TestDevice {
  /// Runs forward and backward over the given examples in waves of at most the setting's capacity.
  ///
  /// - Parameters:
  ///   - graph: The network.
  ///   - weights: One array per parameter.
  ///   - source: The examples.
  ///   - examples: Those that take part; all by default.
  ///   - setting: How to run.
  /// - Returns: What every wave left behind.
  /// - Throws: The OpenCL call that failed.
  package func record(
    _ graph: Graph, weights: [[Float]], source: MemoryExamples, examples: Range<Int>? = nil,
    setting: RunSetting = RunSetting()
  ) throws -> Recording {
    let (compiled, inputs) = try compile(graph, weights: weights, setting: setting)
    return try record(compiled, inputs, source: source, examples: examples, setting: setting)
  }

  /// A compiled plan with its weights, and its inputs.
  package func compile(
    _ graph: Graph, weights: [[Float]], setting: RunSetting
  ) throws -> (CompiledPlan, WaveInputs) {
    let plan = try Plan(graph, fuses: setting.fuses)
    let layout = BucketLayout(
      plan,
      sizes: BucketSizes(first: setting.bucketCounts.first, others: setting.bucketCounts.others))
    var settings = CompiledPlan.Settings(
      capacity: setting.capacity, grain: setting.grain, optimizer: setting.optimizer)
    settings.tiles = setting.tiles
    settings.kernels = setting.kernels
    settings.profile = setting.profile
    settings.keepsAll = setting.keepsAll
    let compiled = try CompiledPlan(
      plan, layout: layout, library: library,
      queue: CommandQueue(context: library.context, profiling: setting.profile != nil),
      settings: settings)
    try compiled.setWeights(weights)
    return (compiled, try WaveInputs(compiled))
  }

  /// One step of a plan that may have run before.
  package func record(
    _ compiled: CompiledPlan, _ inputs: WaveInputs, source: MemoryExamples,
    examples: Range<Int>? = nil, setting: RunSetting
  ) throws -> Recording {
    let plan = compiled.plan
    var recording = Recording(plan: plan, tensors: Array(repeating: [], count: plan.tensors.count))
    try compiled.beginStep(seed: setting.seed, step: setting.step)
    let examples = examples ?? 0..<source.count
    let scales = plan.graph.parameters.map { _ in setting.scale }
    let sizes = setting.waves.isEmpty ? [setting.capacity] : setting.waves
    var first = examples.lowerBound
    for count in (0...).lazy.map({ sizes[$0 % sizes.count] }) {
      guard first < examples.upperBound else { break }
      let wave = Array(first..<min(first + count, examples.upperBound))
      defer { first += wave.count }
      try inputs.upload(wave[...], from: source)
      try compiled.enqueueForward(examples: wave.count, mode: setting.mode)
      if setting.mode == .training {
        try compiled.enqueueBackward(
          examples: wave.count, scales: scales, accumulates: first > examples.lowerBound
        ) { _ throws(OpenCLError) in }
      }
      for id in setting.keepsAll
        ? Array(plan.tensors.indices) : [plan.loss, plan.correct, plan.counted]
      {
        recording.tensors[id] += try compiled.read(
          id, examples: wave.count, grain: setting.grain)
      }
    }
    try readGradients(compiled, into: &recording)
    try compiled.flushProfile()
    return recording
  }

  private func readGradients(_ compiled: CompiledPlan, into recording: inout Recording) throws {
    let layout = compiled.layout
    recording.sums = try layout.counts.indices.map { try compiled.readSums($0) }
    recording.magnitudes = Array(repeating: 0, count: layout.counts.count)
    let transfers = try BucketDownloads(
      compiled, transfer: CommandQueue(context: library.context),
      // As on devices with memory of their own; trainings on these ones read in place.
      readsInPlace: false)
    for (index, bucket) in layout.buckets.enumerated() {
      let download = try transfers.begin(bucket: index)
      try download.event.wait()
      for (position, parameter) in bucket.parameters.enumerated() {
        recording.magnitudes[parameter] = bucket.magnitude(
          at: position, in: download.memory)
      }
    }
    try transfers.release()
  }
}
