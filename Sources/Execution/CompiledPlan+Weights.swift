import ComputeGraph
public import OpenCL

extension CompiledPlan {
  /// Writes every parameter's weights and clears the velocities; returns when the device has them.
  ///
  /// - Parameter weights: One array per parameter, in the order of the graph.
  /// - Throws: The OpenCL call that failed.
  public func setWeights(_ weights: [[Float]]) throws(OpenCLError) {
    for (index, bucket) in layout.buckets.enumerated() {
      let staging = try StagingBuffer(
        context: queue.context, queue: queue, byteCount: bucket.count * 4)
      let values = staging.bind(to: Float.self)
      values.update(repeating: 0)
      for parameter in bucket.parameters {
        precondition(weights[parameter].count == layout.counts[parameter])
        _ = UnsafeMutableBufferPointer(rebasing: values[layout.range(of: parameter)])
          .update(fromContentsOf: weights[parameter])
      }
      _ = try queue.upload(staging, to: memory.weights[index], byteCount: staging.byteCount)
      _ = try queue.fill(memory.velocities[index], with: UInt32(0))
      try queue.finish()
    }
  }

  /// Reads every parameter's weights, in the order of the graph; waits for the updates so far.
  public func weights() throws(OpenCLError) -> [[Float]] {
    var weights = [[Float]](repeating: [], count: layout.counts.count)
    for (index, bucket) in layout.buckets.enumerated() {
      let staging = try StagingBuffer(
        context: queue.context, queue: queue, byteCount: bucket.count * 4)
      try queue.download(memory.weights[index], to: staging, byteCount: staging.byteCount).wait()
      let values = staging.bind(to: Float.self)
      for parameter in bucket.parameters {
        weights[parameter] = Array(values[layout.range(of: parameter)])
      }
    }
    return weights
  }
}
