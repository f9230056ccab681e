import Foundation
import OpenCL
import Testing

/// Every device of every runtime on this host.
let allDevices: [Device] = {
  let platforms = (try? Platform.all()) ?? []
  return platforms.flatMap { (try? $0.devices()) ?? [] }
}()

/// Those that can be split into two halves.
let partitionableDevices = allDevices.filter {
  $0.canPartitionEqually && $0.computeUnitCount > 1
}

/// A context and a queue on one device.
struct Workplace {
  let context: Context
  let queue: CommandQueue

  init(_ device: Device, profiling: Bool = false) throws {
    context = try Context(device: device)
    queue = try CommandQueue(context: context, profiling: profiling)
  }

  func staging(_ byteCount: Int) throws -> StagingBuffer {
    try StagingBuffer(context: context, queue: queue, byteCount: byteCount)
  }

  /// A buffer that holds `values`.
  func buffer(_ values: [Float]) throws -> Buffer {
    let byteCount = values.count * MemoryLayout<Float>.stride
    let (buffer, staging) = (
      try Buffer(context: context, byteCount: byteCount), try staging(byteCount)
    )
    _ = staging.bind(to: Float.self).update(fromContentsOf: values)
    try queue.upload(staging, to: buffer, byteCount: byteCount).wait()
    return buffer
  }

  /// The contents of `buffer`.
  func values(_ buffer: Buffer) throws -> [Float] {
    let staging = try staging(buffer.byteCount)
    try queue.download(buffer, to: staging, byteCount: buffer.byteCount).wait()
    return Array(staging.bind(to: Float.self))
  }
}

/// `y[i] = factor * x[i] + y[i]`.
let axpySource = """
  kernel void axpy(global float* y, global const float* x, float factor, int count) {
    int i = get_global_id(0);
    if (i < count) y[i] = factor * x[i] + y[i];
  }
  """

extension Workplace {
  /// The kernel of `axpySource` with its arguments set.
  func axpy(_ y: Buffer, _ x: Buffer, factor: Float) throws -> Kernel {
    let kernel = try Program(context: context, name: "axpy.cl", source: axpySource).kernel("axpy")
    try kernel.setArgument(0, y)
    try kernel.setArgument(1, x)
    try kernel.setArgument(2, factor)
    try kernel.setArgument(3, Int32(y.byteCount / MemoryLayout<Float>.stride))
    return kernel
  }
}

/// The `OpenCLError` that `body` throws; records an issue at the caller if there is none.
func openCLError(
  sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) throws -> OpenCLError {
  try #require(
    throws: OpenCLError.self, sourceLocation: sourceLocation, performing: body)
}

/// Whether `condition` comes true: drivers let go of objects on threads of their own.
func eventually(_ condition: () throws -> Bool) throws -> Bool {
  for _ in 0..<2000 {
    if try condition() { return true }
    usleep(1000)
  }
  return false
}

/// A folder that is removed with its contents when this object goes.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "chorus-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  /// The paths of the files inside, sorted.
  func files() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path).sorted().map { "\(path)/\($0)" }
  }
}
