import ComputeGraph
import OpenCL

/// The memory of one replica: the arena of activations, and per bucket the weights, the optimizer's states and gradient
/// sums.
final class DeviceMemory {
  let plan: MemoryPlan
  /// Each tensor's place in the arena, by id; a buffer of its own where all are kept.
  let tensors: [Buffer]
  /// `[bucket.count]` floats each.
  let weights: [Buffer]
  /// `[bucket.count]` floats for each state of the optimizer, and for each bucket.
  let states: [[Buffer]]
  /// Moving averages of the weights, where they are kept; `[bucket.count]` floats.
  let averages: [Buffer]
  /// `[bucket.count]` longs, then the magnitudes of the bucket's parameters.
  let sums: [Buffer]
  /// Index of each example of the wave in its data set, words.
  let keys: Buffer
  /// Seed low, seed high, step, and one more; words.
  let run: Buffer
  private let layout: BucketLayout

  /// Allocates for waves of up to `capacity` examples; everything begins as zeros.
  ///
  /// With `keepsAll`, every tensor is a buffer of its own instead of a place in the arena.
  init(
    _ plan: Plan, layout: BucketLayout, capacity: Int, grain: Int, optimizer: Optimizer,
    keepsAverages: Bool, keepsAll: Bool, context: Context, queue: CommandQueue
  ) throws(OpenCLError) {
    self.layout = layout
    self.plan = MemoryPlan(plan, capacity: capacity, grain: grain)
    let sizes = plan.tensors.map { $0.byteCount(capacity: capacity, grain: grain) }
    var tensors: [Buffer] = []
    if keepsAll {
      // Buffers of their own: a checker of memory accesses sees the end of each.
      for byteCount in sizes {
        tensors.append(try Buffer(context: context, byteCount: byteCount))
        _ = try queue.fill(tensors[tensors.count - 1], with: UInt32(0))
      }
    } else {
      let arena = try Buffer(context: context, byteCount: self.plan.byteCount)
      try queue.preferLargePages(arena)
      _ = try queue.fill(arena, with: UInt32(0))
      for (byteOffset, byteCount) in zip(self.plan.byteOffsets, sizes) {
        tensors.append(try arena.region(byteOffset: byteOffset, byteCount: byteCount))
      }
    }
    self.tensors = tensors
    for (id, values) in plan.tables {
      let staging = try StagingBuffer(
        context: context, queue: queue, byteCount: values.count * 4)
      _ = staging.bind(to: Float.self).update(fromContentsOf: values)
      try queue.upload(staging, to: tensors[id], byteCount: staging.byteCount).wait()
    }
    func perBucket(
      hostAccessible: Bool, _ byteCount: (BucketLayout.Bucket) -> Int
    ) throws(OpenCLError) -> [Buffer] {
      var buffers: [Buffer] = []
      for bucket in layout.buckets {
        let buffer = try Buffer(
          context: context, byteCount: byteCount(bucket), hostAccessible: hostAccessible)
        try queue.preferLargePages(buffer)
        _ = try queue.fill(buffer, with: UInt32(0))
        buffers.append(buffer)
      }
      return buffers
    }
    let shared = context.device.hasUnifiedMemory
    weights = try perBucket(hostAccessible: false) { $0.count * 4 }
    var states: [[Buffer]] = []
    for _ in 0..<optimizer.stateCount {
      states.append(try perBucket(hostAccessible: false) { $0.count * 4 })
    }
    self.states = states
    averages = keepsAverages ? try perBucket(hostAccessible: false) { $0.count * 4 } : []
    keys = try Buffer(context: context, byteCount: capacity * 4)
    run = try Buffer(context: context, byteCount: 16)
    _ = try queue.fill(keys, with: UInt32(0))
    _ = try queue.fill(run, with: UInt32(0))
    sums = try perBucket(hostAccessible: shared) { $0.byteCount }
  }

  /// A parameter's weights.
  func weight(_ id: ParameterID) throws(OpenCLError) -> Buffer {
    try weights[layout.bucketIndices[id]].region(
      byteOffset: layout.offsets[id] * 4, byteCount: layout.counts[id] * 4)
  }

  /// A parameter's gradient sums, as longs.
  func sum(_ id: ParameterID) throws(OpenCLError) -> Buffer {
    try sums[layout.bucketIndices[id]].region(
      byteOffset: layout.offsets[id] * 8, byteCount: layout.counts[id] * 8)
  }

  /// The largest magnitude that did not fit, of a parameter's gradient.
  func magnitude(_ id: ParameterID) throws(OpenCLError) -> Buffer {
    let index = layout.bucketIndices[id]
    let bucket = layout.buckets[index]
    let position = bucket.parameters.firstIndex(of: id) ?? 0
    return try sums[index].region(
      byteOffset: bucket.count * 8 + position * BucketLayout.magnitudeStride, byteCount: 4)
  }
}
