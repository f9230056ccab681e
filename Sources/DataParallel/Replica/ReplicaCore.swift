import ComputeGraph
import Coordination
import Crypto
import Execution
import Foundation
import OpenCL
import Timeline

/// What a replica's threads work with: a compiled plan, its inputs and its transfers.
final class ReplicaCore {
  /// How a portion reports before it is done.
  struct Report {
    let delivered: (_ bucket: Int, _ part: BucketPart) -> Void
    let digest: ([UInt8]) -> Void
  }

  let plan: CompiledPlan
  /// For the thread that takes reduced gradients; the rest is for the one that computes.
  private let uploads: BucketUploads
  private let downloads: BucketDownloads
  private let inputs: WaveInputs
  private let queue: CommandQueue
  private let configuration: Replica.Configuration
  private let results: StagingBuffer
  private let trace: DeviceTrace?

  init(_ configuration: Replica.Configuration) throws {
    let context = try Context(device: configuration.device)
    let isTraced = configuration.trace != nil
    queue = try CommandQueue(
      context: context, profiling: isTraced || configuration.profile != nil)
    self.configuration = configuration
    var settings = CompiledPlan.Settings(
      capacity: configuration.waveGrains * configuration.grain, grain: configuration.grain,
      optimizer: configuration.optimizer)
    settings.keepsAverages = configuration.keepsAverages
    settings.tiles = configuration.tiles
    settings.kernels = configuration.kernels
    settings.profile = configuration.profile
    plan = try CompiledPlan(
      configuration.plan, layout: configuration.layout,
      library: KernelLibrary(context: context, cache: configuration.cache), queue: queue,
      settings: settings)
    downloads = try BucketDownloads(
      plan, transfer: CommandQueue(context: context, profiling: isTraced))
    uploads = try BucketUploads(
      counts: configuration.layout.buckets.map(\.count), transfer: CommandQueue(context: context))
    // A device that shares the host's memory reads what is gathered; another is sent it while it computes.
    inputs = try WaveInputs(
      plan, transfer: configuration.device.hasUnifiedMemory ? nil : CommandQueue(context: context))
    results = try StagingBuffer(context: context, queue: queue, byteCount: plan.capacity * 12)
    trace = try DeviceTrace(configuration.trace, name: configuration.name, queue: queue)
  }

  /// Forward and backward of a portion, wave after wave; where it delivers, buckets are handed in while the last
  /// wave's backward runs.
  ///
  /// - Parameters:
  ///   - shard: The grains.
  ///   - portion: What is to become of their gradients.
  ///   - scales: How gradients are rounded.
  ///   - ahead: What is expected to follow in the next step.
  ///   - sabotage: Whether a bit of the sums is to be wrong: a drill.
  ///   - report: Takes buckets and digests.
  /// - Returns: Losses and counts.
  /// - Throws: The OpenCL call that failed.
  func compute(
    _ shard: Shard, _ portion: Portion, scales: [GradientScale], ahead: Shard?, sabotage: Bool,
    report: Report
  ) throws -> ShardOutcome {
    try downloads.release()
    if portion.isFirst {
      try plan.beginStep(seed: configuration.seed, step: shard.batch.step)
    }
    var outcome = ShardOutcome()
    let waves = waves(of: shard)
    for (index, wave) in waves.enumerated() {
      let start = trace?.recorder.now() ?? 0
      try inputs.upload(wave, from: shard.source, step: shard.batch.step)
      trace?.add(
        "compute queue", .input, "\(wave.count) examples", step: shard.batch.step, since: start)
      let begin = try trace.map { _ in try queue.marker() }
      try plan.enqueueForward(examples: wave.count)
      let delivers = portion.delivers && index == waves.count - 1 && !sabotage
      var started: [BucketDownload] = []
      try plan.enqueueBackward(
        examples: wave.count, scales: scales, accumulates: index > 0 || !portion.isFirst
      ) { bucket throws(OpenCLError) in
        if delivers { started.append(try downloads.begin(bucket: bucket)) }
      }
      try traceCompute(portion, shard.batch.step, wave: index, from: begin)
      try queue.flush()
      try prepareNext(index + 1 < waves.count ? waves[index + 1] : nil, shard, ahead)
      if delivers { try handIn(started, report, step: shard.batch.step) }
      try readResults(examples: wave.count, into: &outcome)
      try plan.flushProfile()
      trace?.flush()
    }
    if sabotage { try plan.corruptSums() }
    if portion.digests { report.digest(try digest(outcome)) }
    if portion.delivers && (sabotage || portion.digests) {
      try deliver(report: report, step: shard.batch.step)
    }
    return outcome
  }

  /// Gathers the examples of the next wave while the device computes: of this portion, or of the next step.
  private func prepareNext(_ wave: ArraySlice<Int>?, _ shard: Shard, _ ahead: Shard?) throws {
    if let wave {
      try inputs.prepare(wave, from: shard.source, step: shard.batch.step)
    } else if let ahead, let first = waves(of: ahead).first {
      try inputs.prepare(first, from: ahead.source, step: ahead.batch.step)
    }
  }

  private func traceCompute(_ portion: Portion, _ step: Int, wave: Int, from begin: OpenCL.Event?)
    throws
  {
    guard let trace, let begin else { return }
    let name = "grains \(portion.grains)" + (wave > 0 ? ", wave \(wave + 1)" : "")
    let end = try queue.marker()
    trace.add("compute queue", .compute, name, step: step, from: begin, to: end)
  }

  /// Hands in all buckets as they are now.
  func deliver(report: Report, step: Int) throws {
    try downloads.release()
    try handIn(try beginDownloads(), report, step: step)
    trace?.flush()
  }

  private func beginDownloads() throws(OpenCLError) -> [BucketDownload] {
    var started: [BucketDownload] = []
    for bucket in configuration.layout.buckets.indices {
      started.append(try downloads.begin(bucket: bucket))
    }
    return started
  }

  private func handIn(_ started: [BucketDownload], _ report: Report, step: Int) throws {
    for (bucket, download) in started.enumerated() {
      try download.event.wait()
      trace?.add(
        "transfer queue", .download, "bucket \(bucket)", step: step, to: download.event)
      report.delivered(
        bucket,
        BucketPart(
          memory: download.memory, bucket: configuration.layout.buckets[bucket],
          owner: download.owner))
    }
  }

  /// SHA-256 of all sums and of the losses.
  private func digest(_ outcome: ShardOutcome) throws -> [UInt8] {
    try downloads.release()
    var hash = SHA256()
    for (bucket, download) in try beginDownloads().enumerated() {
      try download.event.wait()
      let byteCount = configuration.layout.buckets[bucket].byteCount
      hash.update(
        bufferPointer: UnsafeRawBufferPointer(start: download.memory, count: byteCount))
    }
    outcome.losses.withUnsafeBytes { hash.update(bufferPointer: $0) }
    try downloads.release()
    return Array(hash.finalize())
  }

  /// The forward pass in evaluation mode, with the moving averages of the weights where those are kept, wave
  /// after wave.
  func evaluate(_ shard: Shard) throws -> ShardOutcome {
    try plan.exchangeAverages()
    // Also after a failure the weights go back to their place: a run that ends there still saves them.
    let evaluated = Result { try evaluateWaves(of: shard) }
    try plan.exchangeAverages()
    return try evaluated.get()
  }

  private func evaluateWaves(of shard: Shard) throws -> ShardOutcome {
    var outcome = ShardOutcome()
    try plan.beginEvaluation()
    for wave in waves(of: shard) {
      try inputs.upload(wave, from: shard.source)
      try plan.enqueueForward(examples: wave.count, mode: .evaluation)
      try readResults(examples: wave.count, into: &outcome)
    }
    return outcome
  }

  /// Updates the weights from the reduced gradients that were uploaded.
  func update(_ numbers: UpdateNumbers, step: Int) throws {
    try downloads.release()
    let ready = try queue.marker(after: uploads.ends)
    for bucket in configuration.layout.buckets.indices {
      guard let gradients = uploads.gradients(bucket: bucket) else {
        throw TrainingError.invalidConfiguration("bucket \(bucket) is updated before its upload")
      }
      try plan.enqueueUpdate(bucket: bucket, numbers, gradients: gradients)
    }
    if let trace {
      trace.add(
        "compute queue", .update, "update", step: step, from: ready, to: try queue.marker())
    }
    try queue.finish()
    try uploads.check()
    try plan.flushProfile()
    trace?.flush()
    try plan.prepareStep()
  }

  /// Takes a bucket's reduced gradients; for the thread that does nothing else.
  func upload(bucket: Int, _ gradients: GradientSet, step: Int) throws {
    let start = trace?.recorder.now() ?? 0
    try uploads.upload(
      bucket: bucket, gradients: gradients.buckets[bucket].pointer, owner: gradients.owner)
    trace?.add("upload queue", .upload, "bucket \(bucket)", step: step, since: start)
  }

  /// Runs of whole grains that fit the memory of one wave.
  private func waves(of shard: Shard) -> [ArraySlice<Int>] {
    let most = configuration.waveGrains
    return stride(from: shard.grains.lowerBound, to: shard.grains.upperBound, by: most).map {
      shard.batch.examples(of: $0..<min($0 + most, shard.grains.upperBound))
    }
  }

  private func readResults(examples: Int, into outcome: inout ShardOutcome) throws {
    let byteCount = examples * 4
    _ = try queue.download(plan.losses, to: results, byteCount: byteCount)
    _ = try queue.download(
      plan.correct, to: results, destinationOffset: byteCount, byteCount: byteCount)
    try queue.download(
      plan.counted, to: results, destinationOffset: 2 * byteCount, byteCount: byteCount
    ).wait()
    // What failed left old bytes, which everything behind it was computed from.
    try queue.checkCopies()
    try inputs.check()
    outcome.losses += results.bind(to: Float.self)[..<examples]
    let integers = results.bind(to: Int32.self)
    outcome.correctCount += integers[examples..<2 * examples].reduce(0) { $0 + Int($1) }
    outcome.countedCount += integers[2 * examples..<3 * examples].reduce(0) { $0 + Int($1) }
  }
}
