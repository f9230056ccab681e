import ComputeGraph
public import OpenCL

/// A bucket's gradient sums and magnitudes as the host sees them, once `event` has completed.
///
/// Sendable: the fields never change, and the memory is only read, by the reducer, between the completion of
/// `event` and `BucketTransfers.release`.
public struct BucketDownload: @unchecked Sendable {
  /// Completes when the memory may be read.
  public let event: Event
  /// `[bucket.count]` sums.
  public let sums: UnsafePointer<Int64>
  private let magnitudes: UnsafeRawPointer

  init(event: Event, memory: UnsafeRawPointer, bucket: BucketLayout.Bucket) {
    self.event = event
    sums = memory.assumingMemoryBound(to: Int64.self)
    magnitudes = memory + bucket.count * MemoryLayout<Int64>.stride
  }

  /// The bits of the largest gradient that did not fit, of the bucket's parameter at `position`; 0 if all did.
  public func magnitude(at position: Int) -> Int32 {
    magnitudes.load(fromByteOffset: position * DeviceMemory.magnitudeStride, as: Int32.self)
  }
}

/// Moves buckets between one device and the host, on a queue beside the one that computes.
///
/// Devices that share the host's memory are read and written in place.
public final class BucketTransfers {
  private let memory: DeviceMemory
  private let layout: BucketLayout
  private let compute: CommandQueue
  private let transfer: CommandQueue
  private let staging: [StagingBuffer]
  private var mappings: [Mapping?]

  /// Transfers of a compiled plan's buckets.
  ///
  /// - Parameters:
  ///   - plan: The plan whose buckets move.
  ///   - transfer: A queue of the same context as the plan's own.
  ///   - readsInPlace: Whether to map memory instead of copying it; by default where host and device share it.
  /// - Throws: The OpenCL call that failed.
  public init(
    _ plan: CompiledPlan, transfer: CommandQueue, readsInPlace: Bool? = nil
  ) throws(OpenCLError) {
    memory = plan.memory
    layout = plan.layout
    compute = plan.queue
    self.transfer = transfer
    mappings = Array(repeating: nil, count: layout.buckets.count)
    let context = transfer.context
    var staging: [StagingBuffer] = []
    if !(readsInPlace ?? context.device.hasUnifiedMemory) {
      for buffer in memory.sums {
        staging.append(
          try StagingBuffer(context: context, queue: transfer, byteCount: buffer.byteCount))
      }
    }
    self.staging = staging
  }

  /// Begins to read a bucket whose last launch has been enqueued; does not wait for it.
  public func beginDownload(bucket: Int) throws(OpenCLError) -> BucketDownload {
    let ready = try compute.marker()
    try compute.flush()
    let sums = memory.sums[bucket]
    let event: Event
    let pointer: UnsafeMutableRawPointer
    if staging.isEmpty {
      let mapping = try transfer.map(sums, for: .read, after: [ready])
      mappings[bucket] = mapping
      (event, pointer) = (mapping.event, mapping.pointer)
    } else {
      event = try transfer.download(
        sums, to: staging[bucket], byteCount: sums.byteCount, after: [ready])
      pointer = staging[bucket].pointer
    }
    try transfer.flush()
    return BucketDownload(
      event: event, memory: UnsafeRawPointer(pointer), bucket: layout.buckets[bucket])
  }

  /// Gives the memory of all downloads back to the device; nobody may read it any more.
  public func release() throws(OpenCLError) {
    var released: [Event] = []
    for (bucket, mapping) in mappings.enumerated() {
      guard let mapping else { continue }
      released.append(try transfer.unmap(mapping))
      mappings[bucket] = nil
    }
    guard !released.isEmpty else { return }
    try transfer.flush()
    // The queue that computes goes on only when the memory is its own again.
    _ = try compute.marker(after: released)
  }

  /// Copies a bucket's reduced gradients to the device, before whatever the compute queue gets next.
  ///
  /// - Parameters:
  ///   - bucket: Which bucket.
  ///   - gradients: `[bucket.count]` floats, read before this returns.
  /// - Throws: The OpenCL call that failed.
  public func upload(bucket: Int, gradients: UnsafePointer<Float>) throws(OpenCLError) {
    let byteCount = memory.gradients[bucket].byteCount
    if staging.isEmpty {
      let mapping = try compute.map(memory.gradients[bucket], for: .write)
      try mapping.event.wait()
      mapping.pointer.copyMemory(from: gradients, byteCount: byteCount)
      _ = try compute.unmap(mapping)
    } else {
      // The download that used this staging buffer has been read.
      staging[bucket].pointer.copyMemory(from: gradients, byteCount: byteCount)
      _ = try compute.upload(staging[bucket], to: memory.gradients[bucket], byteCount: byteCount)
    }
  }
}
