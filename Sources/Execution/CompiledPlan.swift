public import ComputeGraph
public import OpenCL

/// A plan on one device: its memory, and launches that are replayed without allocation.
///
/// Not Sendable: it belongs to one replica's thread. No call but `wait` and those that say so blocks.
public final class CompiledPlan {
  /// The plan.
  public let plan: Plan
  /// How parameters are grouped into buckets.
  public let layout: BucketLayout
  /// Most examples of one wave.
  public let capacity: Int

  let optimizer: Optimizer
  let memory: DeviceMemory
  let queue: CommandQueue
  let prologue: [Launch]
  let forward: [Launch]
  let evaluation: [Launch]
  let backward: [Launch]
  let updates: [BucketUpdate]
  /// Takes the time of every launch, where a profile was asked for.
  let recorder: LaunchRecorder?
  /// Whether the weights in other layouts are those of the next step already.
  var isPrepared = false
  /// The bucket that each backward launch makes ready, if any.
  private let readyBuckets: [Int?]

  /// How a plan is put on a device. Nothing here but the grain and the update changes a bit.
  public struct Settings: Sendable {
    /// Most examples of one wave, a multiple of `grain`.
    public var capacity: Int
    /// Examples whose gradients are summed in floats before they are rounded.
    public var grain: Int
    /// How weights are updated.
    public var optimizer: Optimizer
    /// Whether an exponential moving average of the weights is kept.
    public var keepsAverages = false
    /// How products are cut.
    public var tiles = TileChoice.standard
    /// How kernels are written; nil for what suits the device.
    public var kernels: KernelVariant?
    /// Takes the time of every launch; the queue must profile.
    public var profile: LaunchProfile?
    /// Whether every tensor keeps its memory, so that `read` can look at it after a step.
    public var keepsAll = false

    /// Settings with the standard tiles.
    public init(capacity: Int, grain: Int, optimizer: Optimizer) {
      self.capacity = capacity
      self.grain = grain
      self.optimizer = optimizer
    }
  }

  /// Builds every kernel and allocates all memory; the weights begin as zeros.
  ///
  /// - Parameters:
  ///   - plan: What to compute.
  ///   - layout: How gradients are grouped.
  ///   - library: Kernels of the device's context.
  ///   - queue: The in-order queue that computes.
  ///   - settings: How.
  /// - Throws: The OpenCL call that failed, such as an allocation that does not fit.
  public init(
    _ plan: Plan, layout: BucketLayout, library: KernelLibrary, queue: CommandQueue,
    settings: Settings
  ) throws(OpenCLError) {
    let (capacity, grain) = (settings.capacity, settings.grain)
    precondition(grain > 0 && capacity % grain == 0, "a wave is a whole number of grains")
    self.plan = plan
    self.layout = layout
    self.queue = queue
    self.capacity = capacity
    optimizer = settings.optimizer
    recorder = settings.profile.map(LaunchRecorder.init)
    memory = try DeviceMemory(
      plan, layout: layout, capacity: capacity, grain: grain, optimizer: settings.optimizer,
      keepsAverages: settings.keepsAverages, keepsAll: settings.keepsAll,
      context: library.context, queue: queue)
    let builder = KernelBuilder(
      library: library, variant: settings.kernels ?? KernelVariant(for: library.context.device),
      tiles: settings.tiles)
    let lowering = Lowering(plan: plan, memory: memory, builder: builder, grain: grain)
    prologue = try lowering.launches(plan.prologue)
    forward = try lowering.launches(plan.forward)
    evaluation =
      plan.evaluation == plan.forward ? forward : try lowering.launches(plan.evaluation)
    backward = try lowering.launches(plan.backward)
    var updates: [BucketUpdate] = []
    for index in layout.buckets.indices {
      updates.append(
        try BucketUpdate(
          bucket: index, of: layout, parameters: plan.graph.parameters,
          optimizer: settings.optimizer, memory: memory, builder: builder))
    }
    self.updates = updates
    readyBuckets = plan.completions.map { parameter in
      guard let parameter else { return nil }
      let bucket = layout.bucketIndices[parameter]
      return layout.buckets[bucket].parameters.last == parameter ? bucket : nil
    }
    try queue.finish()
  }

  /// Where the examples and their targets of a wave are uploaded to.
  public var examples: Buffer { memory.tensors[plan.examples] }

  /// Targets of a wave.
  public var targets: Buffer { memory.tensors[plan.targets] }

  /// Index of each example of a wave in its data set, words.
  public var keys: Buffer { memory.keys }

  /// Loss of each example of the last wave, floats.
  public var losses: Buffer { memory.tensors[plan.loss] }

  /// Predictions of each example of the last wave that were right; 32-bit integers.
  public var correct: Buffer { memory.tensors[plan.correct] }

  /// Predictions of each example of the last wave that count; 32-bit integers.
  public var counted: Buffer { memory.tensors[plan.counted] }

  /// Enqueues what runs once a step: clears the magnitudes, turns weights into other layouts.
  ///
  /// - Parameters:
  ///   - seed: Keys the random numbers of dropout, together with the step.
  ///   - step: The step, from 0.
  /// - Throws: The OpenCL call that failed.
  public func beginStep(seed: UInt64 = 0, step: Int = 0) throws(OpenCLError) {
    let words = SIMD4(
      UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32),
      UInt32(truncatingIfNeeded: step), 0)
    _ = try queue.fill(memory.run, with: words)
    for (index, bucket) in layout.buckets.enumerated() {
      _ = try queue.fill(memory.sums[index], with: UInt32(0), offset: bucket.count * 8)
    }
    for launch in backward where launch.step.fillsSums && launch.step.isFirstContribution {
      if let parameter = launch.step.parameter {
        _ = try queue.fill(memory.sum(parameter), with: UInt32(0))
      }
    }
    if !isPrepared { try enqueuePrologue() }
    isPrepared = false
  }

  /// Enqueues what the next step needs of the weights, which must not change before: the device does it while others
  /// decide what comes next.
  public func prepareStep() throws(OpenCLError) {
    try enqueuePrologue()
    isPrepared = true
    try queue.flush()
  }

  /// Enqueues what an evaluation needs before its first wave.
  public func beginEvaluation() throws(OpenCLError) { try enqueuePrologue() }

  private func enqueuePrologue() throws(OpenCLError) {
    for launch in prologue { try launch.enqueue(on: queue, examples: 0, recorder: recorder) }
  }

  /// Enqueues the forward pass of a wave of `examples`, which must be uploaded before.
  public func enqueueForward(
    examples: Int, mode: PlanMode = .training
  ) throws(OpenCLError) {
    precondition((1...capacity).contains(examples), "a wave holds 1 to \(capacity) examples")
    for launch in mode == .training ? forward : evaluation {
      try launch.enqueue(on: queue, examples: examples, recorder: recorder)
    }
  }

  /// Enqueues the backward pass of the same wave.
  ///
  /// - Parameters:
  ///   - examples: Examples of the wave.
  ///   - scales: How each parameter's gradient is rounded, by id.
  ///   - accumulates: Whether the sums are added to (a later wave of the step) or written (the first).
  ///   - bucketReady: Called when the launch that completes a bucket has been enqueued.
  /// - Throws: The OpenCL call that failed, or what `bucketReady` throws.
  public func enqueueBackward(
    examples: Int, scales: [GradientScale], accumulates: Bool,
    bucketReady: (Int) throws(OpenCLError) -> Void
  ) throws(OpenCLError) {
    for (launch, bucket) in zip(backward, readyBuckets) {
      if let parameter = launch.step.parameter {
        try launch.setGradient(
          scales[parameter], accumulates: accumulates || !launch.step.isFirstContribution)
      }
      try launch.enqueue(on: queue, examples: examples, recorder: recorder)
      if let bucket { try bucketReady(bucket) }
    }
  }

  /// Enqueues the update of one bucket from its reduced gradients, `[bucket.count]` floats.
  public func enqueueUpdate(
    bucket: Int, _ numbers: UpdateNumbers, gradients: Buffer
  ) throws(OpenCLError) {
    isPrepared = false
    try updates[bucket].enqueue(numbers, gradients: gradients, on: queue, recorder: recorder)
  }

  /// Enters the launches so far in the profile, if there is one; the queue must be finished.
  public func flushProfile() throws(OpenCLError) { try recorder?.flush() }
}
