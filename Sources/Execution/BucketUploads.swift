import ComputeGraph
public import OpenCL

/// Takes reduced gradients to a device, on a queue and a thread beside those that compute.
///
/// Processors read them where the reducer has written them; other devices are sent a copy.
public final class BucketUploads {
  /// Bytes of each bucket.
  private let byteCounts: [Int]
  private let transfer: CommandQueue
  private let way: Way
  private var last: [Event?]
  /// What the last upload of each bucket has brought.
  private var current: [Buffer?]
  /// Memory of the host that the device has read before, by its address.
  private var known: [UnsafeRawPointer: Buffer] = [:]

  private enum Way {
    /// The device reads the host's memory.
    case inPlace
    /// Through staging memory to the device's own.
    case copies([StagingBuffer], [Buffer])
  }

  /// Uploads of buckets of so many elements.
  ///
  /// - Parameters:
  ///   - counts: Elements of each bucket.
  ///   - transfer: A queue of the context that computes, beside the one that does.
  ///   - readsInPlace: Whether the device reads the host's memory; by default where it is a processor that does.
  /// - Throws: The OpenCL call that failed.
  public init(
    counts: [Int], transfer: CommandQueue, readsInPlace: Bool? = nil
  ) throws(OpenCLError) {
    byteCounts = counts.map { $0 * 4 }
    self.transfer = transfer
    last = counts.map { _ in nil }
    current = counts.map { _ in nil }
    let isProcessor = transfer.context.device.kind == .cpu
    let isInPlace: Bool
    if let readsInPlace {
      isInPlace = readsInPlace
    } else {
      isInPlace = isProcessor ? try transfer.readsHostMemoryInPlace() : false
    }
    if isInPlace {
      way = .inPlace
    } else {
      var buffers: [Buffer] = []
      for byteCount in byteCounts {
        buffers.append(try Buffer(context: transfer.context, byteCount: byteCount))
      }
      way = .copies(try buffers.staging(transfer), buffers)
    }
  }

  /// Brings a bucket's reduced gradients, which no launch before the last update reads any more.
  ///
  /// - Parameters:
  ///   - bucket: Which bucket.
  ///   - gradients: The bucket's floats, at a multiple of a page's size; they do not change before the update that reads
  ///     them has ended.
  ///   - owner: Frees them; it may be kept as long as this object lives.
  /// - Throws: The OpenCL call that failed.
  public func upload(
    bucket: Int, gradients: UnsafePointer<Float>, owner: AnyObject
  ) throws(OpenCLError) {
    switch way {
    case .inPlace:
      current[bucket] = try buffer(gradients, byteCount: byteCounts[bucket], owner)
    case .copies(let staging, let buffers):
      // The staging memory may still be on its way, where a step is reduced anew.
      try last[bucket]?.wait()
      staging[bucket].pointer.copyMemory(from: gradients, byteCount: byteCounts[bucket])
      last[bucket] = try transfer.upload(
        staging[bucket], to: buffers[bucket], byteCount: byteCounts[bucket])
      current[bucket] = buffers[bucket]
      try transfer.flush()
    }
  }

  private func buffer(
    _ gradients: UnsafePointer<Float>, byteCount: Int, _ owner: AnyObject
  ) throws(OpenCLError) -> Buffer {
    let address = UnsafeRawPointer(gradients)
    if let buffer = known[address], buffer.byteCount == byteCount { return buffer }
    let buffer = try Buffer(
      context: transfer.context, reading: address, byteCount: byteCount, owner: owner)
    known[address] = buffer
    return buffer
  }

  /// The reduced gradients of a bucket that were brought last, nil before the first.
  public func gradients(bucket: Int) -> Buffer? { current[bucket] }

  /// Throws where one of the last uploads has failed: the update then worked on older gradients.
  public func check() throws(OpenCLError) {
    for end in ends { _ = try end.isComplete }
  }

  /// The ends of the last uploads, for whoever reads the gradients to wait for.
  public var ends: [Event] { last.compactMap { $0 } }
}
