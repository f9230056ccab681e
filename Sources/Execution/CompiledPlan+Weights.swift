import ComputeGraph
public import OpenCL

extension CompiledPlan {
  /// Writes every parameter's weights, clears the optimizer's states, and begins the moving averages with the
  /// weights; returns when the device has them.
  ///
  /// - Parameter weights: One array per parameter, in the order of the graph.
  /// - Throws: The OpenCL call that failed.
  public func setWeights(_ weights: [[Float]]) throws(OpenCLError) {
    try setState(
      PlanState(
        initial: weights, layout: layout, optimizer: optimizer,
        keepsAverages: !memory.averages.isEmpty))
  }

  /// Reads every parameter's weights, in the order of the graph; waits for the updates so far.
  ///
  /// - Parameter averaged: Whether to read the moving averages, where they are kept.
  /// - Returns: One array per parameter, row-major.
  /// - Throws: The OpenCL call that failed.
  public func weights(averaged: Bool = false) throws(OpenCLError) -> [[Float]] {
    let source = averaged && !memory.averages.isEmpty ? memory.averages : memory.weights
    return layout.parameters(of: try download(source))
  }

  /// Exchanges the weights and their moving averages, for an evaluation and back; waits for the device.
  public func exchangeAverages() throws(OpenCLError) {
    guard !memory.averages.isEmpty else { return }
    isPrepared = false
    for (weights, averages) in zip(memory.weights, memory.averages) {
      let staging = try StagingBuffer(
        context: queue.context, queue: queue, byteCount: 2 * weights.byteCount)
      let byteCount = weights.byteCount
      _ = try queue.download(weights, to: staging, byteCount: byteCount)
      try queue.download(
        averages, to: staging, destinationOffset: byteCount, byteCount: byteCount
      ).wait()
      _ = try queue.upload(staging, to: averages, byteCount: byteCount)
      _ = try queue.upload(
        staging, sourceOffset: byteCount, to: weights, byteCount: byteCount)
      try queue.finish()
    }
  }
}
