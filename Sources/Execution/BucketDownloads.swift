import ComputeGraph
public import OpenCL

/// A bucket's gradient sums and magnitudes as the host sees them, once `event` has completed.
///
/// Sendable: the fields never change, and the memory is only read, between the completion of `event` and
/// `BucketDownloads.release`.
public struct BucketDownload: @unchecked Sendable {
  /// Completes when the memory may be read.
  public let event: Event
  /// `[bucket.count]` sums, then the magnitudes of the bucket's parameters.
  public let memory: UnsafeRawPointer
  /// Keeps the memory.
  public let owner: AnyObject
}

/// Hands buckets of gradient sums to the host, on a queue beside the one that computes.
///
/// Devices that share the host's memory are read in place.
public final class BucketDownloads {
  private let sums: [Buffer]
  private let compute: CommandQueue
  private let transfer: CommandQueue
  private let staging: [StagingBuffer]
  private var mappings: [Mapping?]

  /// Downloads of a compiled plan's buckets.
  ///
  /// - Parameters:
  ///   - plan: The plan whose buckets are read.
  ///   - transfer: A queue of the same context as the plan's own.
  ///   - readsInPlace: Whether to map memory instead of copying it; by default where host and device share it.
  /// - Throws: The OpenCL call that failed.
  public convenience init(
    _ plan: CompiledPlan, transfer: CommandQueue, readsInPlace: Bool? = nil
  ) throws(OpenCLError) {
    try self.init(
      plan.memory.sums, compute: plan.queue, transfer: transfer, readsInPlace: readsInPlace)
  }

  /// Downloads of these buckets, which `compute` writes.
  package init(
    _ sums: [Buffer], compute: CommandQueue, transfer: CommandQueue, readsInPlace: Bool? = nil
  ) throws(OpenCLError) {
    self.sums = sums
    self.compute = compute
    self.transfer = transfer
    mappings = Array(repeating: nil, count: sums.count)
    let isShared = readsInPlace ?? transfer.context.device.hasUnifiedMemory
    staging = isShared ? [] : try sums.staging(transfer)
  }

  /// Begins to read a bucket whose last launch has been enqueued; does not wait for it.
  public func begin(bucket: Int) throws(OpenCLError) -> BucketDownload {
    let ready = try compute.marker()
    try compute.flush()
    let sums = sums[bucket]
    let download: BucketDownload
    if staging.isEmpty {
      let mapping = try transfer.map(sums, for: .read, after: [ready])
      mappings[bucket] = mapping
      download = BucketDownload(
        event: mapping.event, memory: UnsafeRawPointer(mapping.pointer), owner: mapping)
    } else {
      let target = staging[bucket]
      download = BucketDownload(
        event: try transfer.download(
          sums, to: target, byteCount: sums.byteCount, after: [ready]),
        memory: UnsafeRawPointer(target.pointer), owner: target)
    }
    try transfer.flush()
    return download
  }

  /// Gives the memory of all downloads back to the device; nobody may read it any more.
  public func release() throws(OpenCLError) {
    var released: [Event] = []
    for (bucket, mapping) in mappings.enumerated() {
      guard let mapping else { continue }
      // Before the call: a mapping is unmapped once, also where that fails.
      mappings[bucket] = nil
      released.append(try transfer.unmap(mapping))
    }
    guard !released.isEmpty else { return }
    try transfer.flush()
    // The queue that computes goes on only when the memory is its own again.
    _ = try compute.marker(after: released)
  }
}

extension [Buffer] {
  /// Staging memory of the same sizes.
  func staging(_ queue: CommandQueue) throws(OpenCLError) -> [StagingBuffer] {
    var staging: [StagingBuffer] = []
    for buffer in self {
      staging.append(
        try StagingBuffer(context: queue.context, queue: queue, byteCount: buffer.byteCount))
    }
    return staging
  }
}
