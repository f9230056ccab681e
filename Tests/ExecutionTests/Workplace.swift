import Execution
import OpenCL
import TestSupport

/// A queue on a device under test, for kernels that are tested alone.
struct Workplace {
  let context: Context
  let queue: CommandQueue

  init(_ device: TestDevice) throws {
    context = device.library.context
    queue = try CommandQueue(context: context)
  }

  /// Runs `kernel(results, inputs)` over `groups` work-items and returns what it wrote.
  func run<Input: BitwiseCopyable, Result: BitwiseCopyable>(
    _ kernel: Kernel, on inputs: [Input], groups: Int, resultCount: Int, as type: Result.Type
  ) throws -> [Result] {
    let results = try Buffer(
      context: context, byteCount: resultCount * MemoryLayout<Result>.stride)
    try kernel.setArgument(0, results)
    try kernel.setArgument(1, buffer(inputs))
    try queue.launch(kernel, global: WorkSize(groups)).wait()
    return try values(results, as: type)
  }

  /// A buffer that holds `values`.
  func buffer<Element: BitwiseCopyable>(_ values: [Element]) throws -> Buffer {
    let byteCount = values.count * MemoryLayout<Element>.stride
    let buffer = try Buffer(context: context, byteCount: byteCount)
    let staging = try StagingBuffer(context: context, queue: queue, byteCount: byteCount)
    _ = staging.bind(to: Element.self).update(fromContentsOf: values)
    try queue.upload(staging, to: buffer, byteCount: byteCount).wait()
    return buffer
  }

  /// The contents of `buffer`.
  func values<Element: BitwiseCopyable>(_ buffer: Buffer, as type: Element.Type) throws -> [Element]
  {
    let staging = try StagingBuffer(context: context, queue: queue, byteCount: buffer.byteCount)
    try queue.download(buffer, to: staging, byteCount: buffer.byteCount).wait()
    return Array(staging.bind(to: type))
  }
}
