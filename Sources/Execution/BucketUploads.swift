import ComputeGraph
public import OpenCL

/// Takes reduced gradients to a device, on a queue and a thread beside those that compute.
public final class BucketUploads {
  private let gradients: [Buffer]
  private let transfer: CommandQueue
  private let staging: [StagingBuffer]
  private var last: [Event?]
  /// Memory that was mapped ahead of its upload.
  private var mappings: [Mapping?]

  /// Uploads to a compiled plan's buckets.
  ///
  /// - Parameters:
  ///   - plan: The plan whose gradients are written.
  ///   - transfer: A queue of the same context as the plan's own.
  ///   - writesInPlace: Whether to map memory instead of copying twice; by default where host and device share it.
  /// - Throws: The OpenCL call that failed.
  public convenience init(
    _ plan: CompiledPlan, transfer: CommandQueue, writesInPlace: Bool? = nil
  ) throws(OpenCLError) {
    try self.init(plan.memory.gradients, transfer: transfer, writesInPlace: writesInPlace)
  }

  /// Uploads to these buckets.
  package init(
    _ gradients: [Buffer], transfer: CommandQueue, writesInPlace: Bool? = nil
  ) throws(OpenCLError) {
    self.gradients = gradients
    self.transfer = transfer
    last = Array(repeating: nil, count: gradients.count)
    mappings = Array(repeating: nil, count: gradients.count)
    let isShared = writesInPlace ?? transfer.context.device.hasUnifiedMemory
    staging = isShared ? [] : try gradients.staging(transfer)
  }

  /// Writes a bucket's reduced gradients, which the launches before the last update no longer read.
  ///
  /// - Parameters:
  ///   - bucket: Which bucket.
  ///   - gradients: `[bucket.count]` floats, read before this returns.
  /// - Throws: The OpenCL call that failed.
  public func upload(bucket: Int, gradients: UnsafePointer<Float>) throws(OpenCLError) {
    let target = self.gradients[bucket]
    // Its staging memory may still be on its way, where a step is reduced anew.
    try last[bucket]?.wait()
    if staging.isEmpty {
      let mapping: Mapping
      if let ready = mappings[bucket] {
        mapping = ready
        mappings[bucket] = nil
      } else {
        mapping = try transfer.map(target, for: .write)
      }
      try mapping.event.wait()
      mapping.pointer.copyMemory(from: gradients, byteCount: target.byteCount)
      last[bucket] = try transfer.unmap(mapping)
    } else {
      staging[bucket].pointer.copyMemory(from: gradients, byteCount: target.byteCount)
      last[bucket] = try transfer.upload(staging[bucket], to: target, byteCount: target.byteCount)
    }
    try transfer.flush()
  }

  /// Makes the memory of all buckets ready to be written, behind the launches of `compute` so far, which read it.
  ///
  /// A device that is busy computing would let each upload wait for the end of a launch.
  public func prepare(behind compute: CommandQueue) throws(OpenCLError) {
    guard staging.isEmpty else { return }
    for (bucket, target) in gradients.enumerated() where mappings[bucket] == nil {
      mappings[bucket] = try compute.map(target, for: .write)
    }
  }

  /// Throws where one of the last uploads has failed: the update then worked on older gradients.
  public func check() throws(OpenCLError) {
    for end in ends { _ = try end.isComplete }
  }

  /// The ends of the last uploads, for whoever reads the gradients to wait for.
  public var ends: [Event] { last.compactMap { $0 } }
}
