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

  let memory: DeviceMemory
  let queue: CommandQueue
  let prologue: [Launch]
  let forward: [Launch]
  let backward: [Launch]
  let updates: [Kernel]
  /// The bucket that each backward launch makes ready, if any.
  private let readyBuckets: [Int?]

  /// Builds every kernel and allocates all memory; the weights begin as zeros.
  ///
  /// - Parameters:
  ///   - plan: What to compute.
  ///   - layout: How gradients are grouped.
  ///   - library: Kernels of the device's context.
  ///   - queue: The in-order queue that computes.
  ///   - capacity: Most examples of one wave, a multiple of `grain`.
  ///   - grain: Examples whose gradients are summed in floats before they are rounded.
  ///   - tiles: How products are cut; changes no bit.
  ///   - keepsAll: Whether every tensor keeps its memory, so that `read` can look at it after a step.
  /// - Throws: The OpenCL call that failed, such as an allocation that does not fit.
  public init(
    _ plan: Plan, layout: BucketLayout, library: KernelLibrary, queue: CommandQueue, capacity: Int,
    grain: Int, tiles: TileChoice = .standard, keepsAll: Bool = false
  ) throws(OpenCLError) {
    precondition(grain > 0 && capacity % grain == 0, "a wave is a whole number of grains")
    self.plan = plan
    self.layout = layout
    self.queue = queue
    self.capacity = capacity
    memory = try DeviceMemory(
      plan, layout: layout, capacity: capacity, keepsAll: keepsAll, context: library.context,
      queue: queue)
    let lowering = Lowering(
      plan: plan, memory: memory, library: library, tiles: tiles, grain: grain)
    forward = try plan.forward.launches(lowering)
    backward = try plan.backward.launches(lowering)
    prologue = lowering.prologue
    var updates: [Kernel] = []
    for (index, bucket) in layout.buckets.enumerated() {
      updates.append(try lowering.update(bucket: index, count: bucket.count))
    }
    self.updates = updates
    readyBuckets = plan.backward.map { step in
      guard let parameter = step.completedParameter else { return nil }
      let bucket = layout.bucketIndices[parameter]
      return layout.buckets[bucket].parameters.last == parameter ? bucket : nil
    }
    try queue.finish()
  }

  /// Where the examples and their classes of a wave are uploaded to.
  public var examples: Buffer { memory.tensors[plan.examples] }

  /// Class indices of a wave.
  public var labels: Buffer { memory.tensors[plan.labels] }

  /// Loss of each example of the last wave, floats.
  public var losses: Buffer { memory.tensors[plan.loss] }

  /// 1 for each example of the last wave whose class was predicted, else 0; 32-bit integers.
  public var correct: Buffer { memory.tensors[plan.correct] }

  /// Enqueues what runs once a step: clears the magnitudes, turns weights into the layouts of backward.
  public func beginStep() throws(OpenCLError) {
    for (index, bucket) in layout.buckets.enumerated() {
      _ = try queue.fill(memory.sums[index], with: UInt32(0), offset: bucket.count * 8)
    }
    for launch in prologue { try launch.enqueue(on: queue, examples: 0) }
  }

  /// Enqueues the forward pass of a wave of `examples`, which must be uploaded before.
  public func enqueueForward(examples: Int) throws(OpenCLError) {
    precondition((1...capacity).contains(examples), "a wave holds 1 to \(capacity) examples")
    for launch in forward { try launch.enqueue(on: queue, examples: examples) }
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
      if let parameter = launch.gradient?.parameter {
        try launch.setGradient(scales[parameter], accumulates: accumulates)
      }
      try launch.enqueue(on: queue, examples: examples)
      if let bucket { try bucketReady(bucket) }
    }
  }

  /// Enqueues the update of one bucket from its reduced gradients, which must be uploaded before.
  public func enqueueUpdate(bucket: Int, _ update: MomentumUpdate) throws(OpenCLError) {
    let kernel = updates[bucket]
    try kernel.setArgument(4, update.rate)
    try kernel.setArgument(5, update.momentum)
    try kernel.setArgument(6, update.inverseExamples)
    let blocks = (layout.buckets[bucket].count + Self.updateBlock - 1) / Self.updateBlock
    try queue.enqueue(kernel, global: WorkSize(blocks), local: WorkSize(1))
  }

  /// Elements that one work-item of sgd.cl updates.
  private static let updateBlock = 4096
}

/// The numbers of one update by stochastic gradient descent with momentum.
public struct MomentumUpdate: Sendable, Hashable {
  /// Learning rate, and the share of the velocity that is kept.
  public let rate: Float, momentum: Float
  /// 1 / examples of the global batch: gradients are sums, the update wants their mean.
  public let inverseExamples: Float

  /// The update for a global batch of `examples`.
  public init(rate: Float, momentum: Float, examples: Int) {
    self.rate = rate
    self.momentum = momentum
    inverseExamples = 1 / Float(examples)
  }
}

extension [Step] {
  fileprivate func launches(_ lowering: Lowering) throws(OpenCLError) -> [Launch] {
    var launches: [Launch] = []
    for step in self { launches.append(try lowering.launch(step)) }
    return launches
  }
}
