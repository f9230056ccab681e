import ComputeGraph

/// The examples of one step, cut into grains.
public struct GlobalBatch: Sendable, Hashable {
  /// Counts the steps of the run from 0.
  public let step: Int
  /// The epoch that the examples belong to, from 0.
  public let epoch: Int
  /// Which examples, in order; their sums are added in this order within a grain.
  public let indices: [Int]
  /// Examples of a grain; the last grain may be shorter.
  public let grain: Int

  /// Number of grains.
  public var grainCount: Int { (indices.count + grain - 1) / grain }

  /// The examples of a range of grains.
  public func examples(of grains: Range<Int>) -> ArraySlice<Int> {
    indices[grains.lowerBound * grain..<min(grains.upperBound * grain, indices.count)]
  }
}

/// The batches of a run: every epoch passes over all examples once, in an order of its own.
///
/// A function of the seed and the step alone, so a run can be continued from any step.
public struct BatchSequence: Sendable {
  /// Examples in all, of a batch and of a grain.
  public let exampleCount: Int, batch: Int, grain: Int
  private let philox: Philox
  private var order: (epoch: Int, indices: [Int]) = (-1, [])

  /// The batches of `exampleCount` examples; the last batch of an epoch may be shorter.
  public init(exampleCount: Int, batch: Int, grain: Int, seed: UInt64) {
    precondition(exampleCount > 0 && grain > 0 && batch > 0 && batch % grain == 0)
    self.exampleCount = exampleCount
    self.batch = batch
    self.grain = grain
    philox = Philox(seed: seed)
  }

  /// Steps of one epoch.
  public var stepsPerEpoch: Int { (exampleCount + batch - 1) / batch }

  /// The batch of a step.
  public mutating func batch(at step: Int) -> GlobalBatch {
    let epoch = step / stepsPerEpoch
    if order.epoch != epoch { order = (epoch, permutation(epoch)) }
    let first = step % stepsPerEpoch * batch
    return GlobalBatch(
      step: step, epoch: epoch,
      indices: Array(order.indices[first..<min(first + batch, exampleCount)]), grain: grain)
  }

  /// Fisher and Yates's shuffle with a counter-based generator.
  private func permutation(_ epoch: Int) -> [Int] {
    var indices = Array(0..<exampleCount)
    for i in stride(from: exampleCount - 1, to: 0, by: -1) {
      let words = philox.block(
        SIMD4(UInt32(i), UInt32(epoch), 0, RandomStream.shuffle.rawValue))
      let random = UInt64(words[0]) << 32 | UInt64(words[1])
      indices.swapAt(i, Int(random.multipliedFullWidth(by: UInt64(i + 1)).high))
    }
    return indices
  }
}
