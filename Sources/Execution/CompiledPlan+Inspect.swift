package import ComputeGraph
package import OpenCL

// For tests and self-tests: a look at what a step left in device memory.
extension CompiledPlan {
  /// A tensor's values for a wave of `examples` in grains of `grain`; waits for the launches so far.
  ///
  /// Only a plan that `keepsAll` still holds every tensor at the end of a step.
  package func read(_ id: TensorID, examples: Int, grain: Int) throws(OpenCLError) -> [Float] {
    try elements(
      of: memory.tensors[id],
      byteCount: plan.tensors[id].byteCount(capacity: examples, grain: grain))
  }

  /// A parameter's exact gradient sums; multiply by the inverse of the scale they were made with.
  package func readSums(_ id: ParameterID) throws(OpenCLError) -> [Int64] {
    let buffer = memory.sums[layout.bucketIndices[id]]
    let sums: [Int64] = try elements(of: buffer, byteCount: buffer.byteCount)
    return Array(sums[layout.range(of: id)])
  }

  /// Overwrites the lower half of the first sum of each bucket: for drills of wrong bits.
  package func corruptSums() throws(OpenCLError) {
    for sums in memory.sums { _ = try queue.fill(sums, with: UInt32(0x5A5A_5A5A), byteCount: 4) }
  }

  /// The kernels that a step launches.
  package var kernelNames: Set<String> {
    Set((prologue + forward + evaluation + backward).map(\.kernel.name))
  }

  private func elements<Element: BitwiseCopyable>(
    of buffer: Buffer, byteCount: Int
  ) throws(OpenCLError) -> [Element] {
    let staging = try StagingBuffer(context: queue.context, queue: queue, byteCount: byteCount)
    try queue.download(buffer, to: staging, byteCount: byteCount).wait()
    return withExtendedLifetime(staging) { Array(staging.bind(to: Element.self)) }
  }
}
