import OpenCL

/// A kernel with one fault, to see that the simulator finds it.
enum Fault: String, CaseIterable {
  case none
  case outOfBounds = "out-of-bounds"
  case race

  /// What the kernel does with 4 work-items and 4 elements.
  private var body: String {
    switch self {
    case .none: "y[i] = (float)i;"
    case .outOfBounds: "y[i + 1] = (float)i;"
    case .race: "y[0] += (float)i;"
    }
  }

  func run(on device: Device) throws {
    let context = try Context(device: device)
    let queue = try CommandQueue(context: context)
    let program = try Program(
      context: context, name: rawValue,
      source: "kernel void fault(global float* y) { const int i = (int)get_global_id(0); \(body) }")
    let kernel = try program.kernel("fault")
    let buffer = try Buffer(context: context, byteCount: 16)
    _ = try queue.fill(buffer, with: Float(0))
    try kernel.setArgument(0, buffer)
    try queue.launch(kernel, global: WorkSize(4), local: WorkSize(1)).wait()
  }
}
