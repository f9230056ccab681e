import ComputeGraph
import OpenCL

/// Work-items of a launch in one dimension, as a function of the examples of the wave.
enum Extent {
  /// The same for any wave.
  case fixed(Int)
  /// So many per example.
  case perExample(Int)
  /// One per tile of so many examples.
  case tiles(of: Int)

  func count(_ examples: Int) -> Int {
    switch self {
    case .fixed(let count): count
    case .perExample(let count): examples * count
    case .tiles(let size): (examples + size - 1) / size
    }
  }
}

/// One kernel with its arguments, replayed every wave; only what changed since the last one is set again.
final class Launch {
  let kernel: Kernel
  private let x: Extent
  private let y: Extent
  private let examplesArgument: (index: Int, scale: Int)?
  private var lastExamples = -1

  /// The parameter whose gradient the launch adds to, and where its exactness arguments begin.
  let gradient: (parameter: ParameterID, argument: Int)?

  /// A launch of one work-item per work-group; all arguments but those named here are set already.
  ///
  /// - Parameters:
  ///   - kernel: The kernel, for this launch alone.
  ///   - x: Work-items of dimension 0.
  ///   - y: Work-items of dimension 1.
  ///   - examplesArgument: The argument that takes the examples of the wave, times `scale`.
  ///   - gradient: The argument that takes the scale, followed by the limit and whether to accumulate.
  init(
    _ kernel: Kernel, x: Extent, y: Extent = .fixed(1),
    examplesArgument: (index: Int, scale: Int)? = nil,
    gradient: (parameter: ParameterID, argument: Int)? = nil
  ) {
    self.kernel = kernel
    self.x = x
    self.y = y
    self.examplesArgument = examplesArgument
    self.gradient = gradient
  }

  /// Enqueues the launch for a wave of `examples`.
  func enqueue(on queue: CommandQueue, examples: Int) throws(OpenCLError) {
    if let (index, scale) = examplesArgument, examples != lastExamples {
      try kernel.setArgument(index, Int32(examples * scale))
      lastExamples = examples
    }
    try queue.enqueue(
      kernel, global: WorkSize(x.count(examples), y.count(examples)), local: WorkSize(1, 1))
  }

  /// Sets how the gradient is rounded and whether this wave writes its sums or adds to them.
  func setGradient(_ scale: GradientScale, accumulates: Bool) throws(OpenCLError) {
    guard let gradient else { return }
    try kernel.setArgument(gradient.argument, scale.factor)
    try kernel.setArgument(gradient.argument + 1, scale.limitBits)
    try kernel.setArgument(gradient.argument + 2, Int32(accumulates ? 1 : 0))
  }
}
