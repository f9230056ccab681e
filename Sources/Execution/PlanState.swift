public import ComputeGraph
import Foundation
public import OpenCL

/// Everything that steps leave behind on a device: all that the next step depends on, besides its examples.
///
/// Arrays are those of buckets: `[bucket.count]` floats, zeros in the gaps between parameters.
public struct PlanState: Sendable, Hashable {
  /// Weights, per bucket.
  public var weights: [[Float]]
  /// What the optimizer keeps, in the order of `Optimizer.stateNames`; each per bucket.
  public var states: [[[Float]]]
  /// Moving averages of the weights, per bucket; empty where none are kept.
  public var averages: [[Float]]

  /// A state of the given arrays.
  public init(weights: [[Float]], states: [[[Float]]], averages: [[Float]]) {
    self.weights = weights
    self.states = states
    self.averages = averages
  }

  /// The state before the first step: the optimizer has seen nothing, and averages begin with the weights.
  ///
  /// - Parameters:
  ///   - weights: One array per parameter, by id.
  ///   - layout: Where they lie in their buckets.
  ///   - optimizer: Decides what is kept beside the weights.
  ///   - keepsAverages: Whether a moving average of the weights is kept.
  public init(
    initial weights: [[Float]], layout: BucketLayout, optimizer: Optimizer, keepsAverages: Bool
  ) {
    self.weights = layout.buckets(of: weights)
    let zeros = layout.buckets.map { [Float](repeating: 0, count: $0.count) }
    states = Array(repeating: zeros, count: optimizer.stateCount)
    averages = keepsAverages ? self.weights : []
  }
}

extension CompiledPlan {
  /// Reads everything that the steps so far have left behind; waits for them.
  ///
  /// - Returns: The state, per bucket.
  /// - Throws: The OpenCL call that failed.
  public func state() throws(OpenCLError) -> PlanState {
    var states: [[[Float]]] = []
    for state in memory.states { states.append(try download(state)) }
    return PlanState(
      weights: try download(memory.weights), states: states,
      averages: try download(memory.averages))
  }

  /// Puts the device into a state of this plan; returns when the device has it.
  ///
  /// - Parameter state: Of the same layout, optimizer and averages as this plan.
  /// - Throws: The OpenCL call that failed.
  public func setState(_ state: PlanState) throws(OpenCLError) {
    precondition(state.states.count == memory.states.count, "a state of another optimizer")
    isPrepared = false
    try upload(state.weights, to: memory.weights)
    for (values, buffers) in zip(state.states, memory.states) { try upload(values, to: buffers) }
    try upload(state.averages, to: memory.averages)
  }

  /// One array per bucket.
  func download(_ buffers: [Buffer]) throws(OpenCLError) -> [[Float]] {
    var values: [[Float]] = []
    for buffer in buffers {
      let staging = try StagingBuffer(
        context: queue.context, queue: queue, byteCount: buffer.byteCount)
      try queue.download(buffer, to: staging, byteCount: buffer.byteCount).wait()
      withExtendedLifetime(staging) { values.append(Array(staging.bind(to: Float.self))) }
    }
    return values
  }

  private func upload(_ values: [[Float]], to buffers: [Buffer]) throws(OpenCLError) {
    precondition(
      values.map { $0.count * MemoryLayout<Float>.stride } == buffers.map(\.byteCount),
      "a state of another layout")
    for (array, buffer) in zip(values, buffers) {
      let staging = try StagingBuffer(
        context: queue.context, queue: queue, byteCount: buffer.byteCount)
      _ = staging.bind(to: Float.self).update(fromContentsOf: array)
      try queue.upload(staging, to: buffer, byteCount: buffer.byteCount).wait()
    }
  }
}

extension PlanState {
  /// Whether every bit is the same; `==` takes -0 for 0, and no NaN for itself.
  public func hasSameBits(as other: PlanState) -> Bool {
    let (own, others) = (arrays, other.arrays)
    return own.count == others.count
      && zip(own, others).allSatisfy { first, second in
        first.withUnsafeBytes { first in
          second.withUnsafeBytes { second in
            guard first.count == second.count else { return false }
            guard let first = first.baseAddress, let other = second.baseAddress else { return true }
            return memcmp(first, other, second.count) == 0
          }
        }
      }
  }

  private var arrays: [[Float]] { weights + states.flatMap { $0 } + averages }
}
