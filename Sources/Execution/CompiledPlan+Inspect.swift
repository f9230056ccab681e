package import ComputeGraph
package import OpenCL

// For tests and self-tests: a look at what a step left in device memory.
extension CompiledPlan {
  /// A float tensor's values for `examples` examples, without the halo; waits for the launches so far.
  ///
  /// Only a plan that `keepsAll` still holds every tensor at the end of a step.
  package func read(_ id: TensorID, examples: Int) throws(OpenCLError) -> [Float] {
    let tensor = plan.tensors[id]
    let memory: [Float] = try elements(
      of: memory.tensors[id], byteCount: examples * tensor.strideCount * 4)
    guard tensor.halo > 0, let image = ImageShape(tensor.shape) else { return memory }
    var values: [Float] = []
    let lineStride = (image.width + 2 * tensor.halo) * image.channels
    for example in 0..<examples {
      for h in 0..<image.height {
        let first =
          example * tensor.strideCount + (h + tensor.halo) * lineStride
          + tensor.halo * image.channels
        values += memory[first..<first + image.width * image.channels]
      }
    }
    return values
  }

  /// A parameter's exact gradient sums; multiply by the inverse of the scale they were made with.
  package func readSums(_ id: ParameterID) throws(OpenCLError) -> [Int64] {
    let buffer = memory.sums[layout.bucketIndices[id]]
    let sums: [Int64] = try elements(of: buffer, byteCount: buffer.byteCount)
    return Array(sums[layout.range(of: id)])
  }

  /// The kernels that a step launches.
  package var kernelNames: Set<String> {
    Set((prologue + forward + backward).map(\.kernel.name) + updates.map(\.name))
  }

  private func elements<Element: BitwiseCopyable>(
    of buffer: Buffer, byteCount: Int
  ) throws(OpenCLError) -> [Element] {
    let staging = try StagingBuffer(context: queue.context, queue: queue, byteCount: byteCount)
    try queue.download(buffer, to: staging, byteCount: byteCount).wait()
    return withExtendedLifetime(staging) { Array(staging.bind(to: Element.self)) }
  }
}
