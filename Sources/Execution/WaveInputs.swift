public import ComputeGraph
public import OpenCL

/// The host side of a wave's examples: gathers them into staging memory and uploads them.
public final class WaveInputs {
  private let plan: CompiledPlan
  private let examples: StagingBuffer
  private let targets: StagingBuffer
  private let keys: StagingBuffer
  private var lastUpload: Event?

  /// Allocates for waves of the plan's capacity.
  public init(_ plan: CompiledPlan) throws(OpenCLError) {
    self.plan = plan
    let queue = plan.queue
    func staging(_ buffer: Buffer) throws(OpenCLError) -> StagingBuffer {
      try StagingBuffer(context: queue.context, queue: queue, byteCount: buffer.byteCount)
    }
    examples = try staging(plan.examples)
    targets = try staging(plan.targets)
    keys = try staging(plan.keys)
  }

  /// Gathers the examples at `indices` and enqueues their upload, ahead of the wave's launches.
  ///
  /// Waits for the last upload, whose staging memory it writes.
  public func upload(
    _ indices: ArraySlice<Int>, from source: any ExampleSource
  ) throws(OpenCLError) {
    try lastUpload?.wait()
    let (tensors, count) = (plan.plan.tensors, indices.count)
    let exampleBytes = tensors[plan.plan.examples].shape.count * count * 4
    let targetBytes = tensors[plan.plan.targets].shape.count * count * 4
    source.gather(
      indices,
      examples: UnsafeMutableRawBufferPointer(start: examples.pointer, count: exampleBytes),
      targets: UnsafeMutableRawBufferPointer(start: targets.pointer, count: targetBytes))
    let words = keys.bind(to: UInt32.self)
    for (row, index) in indices.enumerated() { words[row] = UInt32(truncatingIfNeeded: index) }
    _ = try plan.queue.upload(examples, to: plan.examples, byteCount: exampleBytes)
    _ = try plan.queue.upload(targets, to: plan.targets, byteCount: targetBytes)
    lastUpload = try plan.queue.upload(keys, to: plan.keys, byteCount: count * 4)
  }
}
