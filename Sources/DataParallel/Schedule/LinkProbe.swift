import ComputeGraph
import Execution
public import OpenCL

/// Measures a device's link with buckets that go the way of training's, before there is anything to train.
public enum LinkProbe {
  /// Elements of the two buckets.
  private static let counts = [1 << 10, 1 << 20]
  /// How often each goes; the fastest counts, as on a noisy machine most are too slow.
  private static let rounds = 6

  /// The link of one device.
  ///
  /// - Parameter device: Its transfers are those of a replica: in place where it shares the host's memory.
  /// - Returns: The times of an idle device, the host summing on one thread.
  /// - Throws: The OpenCL call that failed.
  public static func link(to device: Device) throws(OpenCLError) -> Link {
    let way = try Way(device, counts: counts)
    var best = counts.map { _ in Double.infinity }
    for _ in 0..<rounds {
      for bucket in counts.indices { best[bucket] = min(best[bucket], try way.seconds(bucket)) }
    }
    let perElement = max(0, best[1] - best[0]) / Double(counts[1] - counts[0])
    return Link(
      secondsPerBucket: best[0] - perElement * Double(counts[0]), secondsPerElement: perElement)
  }
}

/// The way of a bucket.
private struct Way {
  private let compute: CommandQueue, uploading: CommandQueue
  private let downloads: BucketDownloads
  private let uploads: BucketUploads
  private let reducers: [BucketReducer]
  /// What the host sums into, as long as the longest bucket.
  private let gradients: HostMemory

  init(_ device: Device, counts: [Int]) throws(OpenCLError) {
    let context = try Context(device: device)
    compute = try CommandQueue(context: context)
    uploading = try CommandQueue(context: context)
    var sums: [Buffer] = []
    for count in counts {
      sums.append(
        try Buffer(
          context: context, byteCount: count * 8, hostAccessible: device.hasUnifiedMemory))
    }
    for buffer in sums { _ = try compute.fill(buffer, with: UInt32(0)) }
    downloads = try BucketDownloads(
      sums, compute: compute, transfer: CommandQueue(context: context))
    uploads = try BucketUploads(counts: counts, transfer: uploading)
    reducers = counts.map { BucketReducer(ranges: [0..<$0], workers: Workers(count: 1)) }
    gradients = HostMemory(byteCount: (counts.max() ?? 0) * 4)
    try compute.finish()
  }

  /// Brings one bucket to the host and back.
  func seconds(_ bucket: Int) throws(OpenCLError) -> Double {
    let start = ContinuousClock.now
    let download = try downloads.begin(bucket: bucket)
    try download.event.wait()
    let target = gradients.pointer.assumingMemoryBound(to: Float.self)
    _ = reducers[bucket].reduce(
      [download.memory.assumingMemoryBound(to: Int64.self)], inverses: [1], to: target)
    try uploads.upload(bucket: bucket, gradients: target, owner: gradients)
    try uploading.finish()
    let end = ContinuousClock.now
    // As in training, the memory is the device's again before its next step.
    try downloads.release()
    try compute.finish()
    return (end - start).seconds
  }
}
