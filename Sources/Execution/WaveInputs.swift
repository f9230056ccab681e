public import ComputeGraph
public import OpenCL

/// The host side of a wave's examples: gathers them into staging memory, with their halo, and uploads them.
public final class WaveInputs {
  private let plan: CompiledPlan
  private let staging: StagingBuffer
  private let labels: StagingBuffer
  private let image: ImageShape
  private let halo: Int
  /// Examples without a halo, where the plan wants one.
  private var packed: [Float]
  private var lastUpload: Event?

  /// Allocates for waves of the plan's capacity; the borders of zeros are written here, once.
  public init(_ plan: CompiledPlan) throws(OpenCLError) {
    self.plan = plan
    let tensor = plan.plan.tensors[plan.plan.examples]
    let queue = plan.queue
    staging = try StagingBuffer(
      context: queue.context, queue: queue, byteCount: plan.capacity * tensor.strideCount * 4)
    labels = try StagingBuffer(
      context: queue.context, queue: queue, byteCount: plan.capacity * 4)
    staging.bind(to: Float.self).update(repeating: 0)
    halo = tensor.halo
    // Only an image has a halo; anything else is copied as it is.
    image =
      ImageShape(tensor.shape) ?? ImageShape(height: 1, width: 1, channels: tensor.shape.count)
    packed = halo > 0 ? Array(repeating: 0, count: plan.capacity * tensor.shape.count) : []
  }

  /// Gathers the examples at `indices` and enqueues their upload, ahead of the wave's launches.
  ///
  /// Waits for the last upload, whose staging memory it writes.
  public func upload(
    _ indices: ArraySlice<Int>, from source: any ExampleSource
  ) throws(OpenCLError) {
    try lastUpload?.wait()
    let examples = staging.bind(to: Float.self)
    let classes = labels.bind(to: Int32.self)
    if halo == 0 {
      source.gather(indices, examples: examples, labels: classes)
    } else {
      packed.withUnsafeMutableBufferPointer { packed in
        source.gather(indices, examples: packed, labels: classes)
        copyInside(packed, count: indices.count, to: examples)
      }
    }
    let byteCount = plan.plan.tensors[plan.plan.examples].strideCount * indices.count * 4
    _ = try plan.queue.upload(staging, to: plan.examples, byteCount: byteCount)
    lastUpload = try plan.queue.upload(labels, to: plan.labels, byteCount: indices.count * 4)
  }

  /// Copies lines of pixels between the borders.
  private func copyInside(
    _ packed: UnsafeMutableBufferPointer<Float>, count: Int,
    to padded: UnsafeMutableBufferPointer<Float>
  ) {
    let line = image.width * image.channels
    let paddedLine = (image.width + 2 * halo) * image.channels
    guard let from = packed.baseAddress, let to = padded.baseAddress else { return }
    for example in 0..<count {
      for h in 0..<image.height {
        let source = (example * image.height + h) * line
        let target =
          (example * (image.height + 2 * halo) + h + halo) * paddedLine + halo * image.channels
        (to + target).update(from: from + source, count: line)
      }
    }
  }
}
