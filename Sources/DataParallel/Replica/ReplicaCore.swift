import ComputeGraph
import Execution
import Foundation
import OpenCL

/// What a replica's thread works with: a compiled plan, its inputs and its transfers.
final class ReplicaCore {
  let plan: CompiledPlan
  let transfers: BucketTransfers
  private let inputs: WaveInputs
  private let queue: CommandQueue
  private let grain: Int
  private let seed: UInt64
  private let results: StagingBuffer
  private let bucketCount: Int

  init(_ configuration: Replica.Configuration, device: Device) throws {
    let context = try Context(device: device)
    queue = try CommandQueue(context: context)
    grain = configuration.grain
    bucketCount = configuration.layout.buckets.count
    seed = configuration.seed
    var settings = CompiledPlan.Settings(
      capacity: configuration.waveGrains * grain, grain: grain, optimizer: configuration.optimizer)
    settings.keepsAverages = configuration.keepsAverages
    settings.tiles = configuration.tiles
    plan = try CompiledPlan(
      configuration.plan, layout: configuration.layout,
      library: KernelLibrary(context: context, cache: configuration.cache), queue: queue,
      settings: settings)
    transfers = try BucketTransfers(plan, transfer: CommandQueue(context: context))
    inputs = try WaveInputs(plan)
    results = try StagingBuffer(context: context, queue: queue, byteCount: plan.capacity * 12)
  }

  /// Forward and backward, wave after wave; buckets are handed in while the last wave's backward runs.
  func compute(
    _ shard: Shard, scales: [GradientScale], arrivals: Arrivals
  ) throws -> ShardOutcome {
    let start = ContinuousClock.now
    var outcome = ShardOutcome()
    try plan.beginStep(seed: seed, step: shard.batch.step)
    let waves = waves(of: shard)
    var downloads: [BucketDownload] = []
    for (index, wave) in waves.enumerated() {
      try inputs.upload(wave, from: shard.source)
      try plan.enqueueForward(examples: wave.count)
      let isLast = index == waves.count - 1
      try plan.enqueueBackward(
        examples: wave.count, scales: scales, accumulates: index > 0
      ) { bucket throws(OpenCLError) in
        if isLast { downloads.append(try transfers.beginDownload(bucket: bucket)) }
      }
      if isLast {
        for (bucket, download) in downloads.enumerated() {
          try download.event.wait()
          arrivals.deliver(download, bucket: bucket)
        }
      }
      try readResults(examples: wave.count, into: &outcome)
    }
    outcome.seconds = (ContinuousClock.now - start).seconds
    return outcome
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

  /// Takes the reduced gradients and updates the weights.
  func update(_ gradients: [ReducedBucket], _ numbers: UpdateNumbers) throws {
    try transfers.release()
    for (bucket, reduced) in gradients.enumerated() {
      try transfers.upload(bucket: bucket, gradients: reduced.pointer)
      try plan.enqueueUpdate(bucket: bucket, numbers)
      try queue.flush()
    }
    try queue.finish()
  }

  /// Runs of whole grains that fit the memory of one wave.
  private func waves(of shard: Shard) -> [ArraySlice<Int>] {
    stride(from: shard.grains.lowerBound, to: shard.grains.upperBound, by: plan.capacity / grain)
      .map { first in
        let last = min(first + plan.capacity / grain, shard.grains.upperBound)
        return shard.batch.examples(of: first..<last)
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
    outcome.losses += results.bind(to: Float.self)[..<examples]
    let integers = results.bind(to: Int32.self)
    outcome.correctCount += integers[examples..<2 * examples].reduce(0) { $0 + Int($1) }
    outcome.countedCount += integers[2 * examples..<3 * examples].reduce(0) { $0 + Int($1) }
  }
}

extension Duration {
  /// The duration in seconds.
  var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
