import ComputeGraph
import Kernels
import OpenCL

/// Turns the steps of a plan into launches on one device; one file per operation family.
final class Lowering {
  let plan: Plan
  let memory: DeviceMemory
  let library: KernelLibrary
  let tiles: TileChoice
  let grain: Int

  /// Launches that turn weights into other layouts; they run once a step, before the first wave.
  private(set) var prologue: [Launch] = []

  init(
    plan: Plan, memory: DeviceMemory, library: KernelLibrary, tiles: TileChoice, grain: Int
  ) {
    self.plan = plan
    self.memory = memory
    self.library = library
    self.tiles = tiles
    self.grain = grain
  }

  /// The launch of one step.
  func launch(_ step: Step) throws(OpenCLError) -> Launch {
    switch step {
    case .linearForward(let y, let x, let weight, let bias, let relu):
      try linearForward(y: y, x: x, weight: weight, bias: bias, relu: relu)
    case .linearBackwardInput(let dx, let dy, let x, let weight, let mask):
      try linearBackwardInput(dx: dx, dy: dy, x: x, weight: weight, mask: mask)
    case .linearBackwardWeight(let weight, let x, let dy):
      try linearBackwardWeight(weight: weight, x: x, dy: dy)
    case .convolutionForward(let y, let x, let weight, let bias, let padding, let relu):
      try convolutionForward(y: y, x: x, weight: weight, bias: bias, padding: padding, relu: relu)
    case .convolutionBackwardInput(let dx, let dy, let x, let weight, let padding, let mask):
      try convolutionBackwardInput(
        dx: dx, dy: dy, x: x, weight: weight, padding: padding, mask: mask)
    case .convolutionBackwardFilters(let weight, let x, let dy, let padding):
      try convolutionBackwardFilters(weight: weight, x: x, dy: dy, padding: padding)
    case .biasBackward(let bias, let dy):
      try biasBackward(bias: bias, dy: dy)
    case .reluForward(let y, let x):
      try reluForward(y: y, x: x)
    case .reluBackward(let dx, let dy, let x):
      try reluBackward(dx: dx, dy: dy, x: x)
    case .imageCopy(let y, let x):
      try imageCopy(y: y, x: x)
    case .maxPoolForward(let y, let x, let window, let stride):
      try maxPoolForward(y: y, x: x, window: window, stride: stride)
    case .maxPoolBackward(let dx, let dy, let x, let window, let stride, let mask):
      try maxPoolBackward(dx: dx, dy: dy, x: x, window: window, stride: stride, mask: mask)
    case .crossEntropyForward(let loss, let correct, let logits, let labels):
      try crossEntropyForward(loss: loss, correct: correct, logits: logits, labels: labels)
    case .crossEntropyBackward(let dlogits, let logits, let labels):
      try crossEntropyBackward(dlogits: dlogits, logits: logits, labels: labels)
    }
  }

  /// The launch that updates one bucket's weights; its rate arguments are set before each replay.
  func update(bucket: Int, count: Int) throws(OpenCLError) -> Kernel {
    let kernel = try library.kernel("sgd_update", .sgd)
    try bind(
      kernel, memory.weights[bucket], memory.velocities[bucket], memory.gradients[bucket])
    try kernel.setArgument(3, Int32(count))
    return kernel
  }

  /// Adds a launch that runs once a step, before the first wave.
  func addPrologue(_ launch: Launch) { prologue.append(launch) }

  /// Sets the leading arguments of a kernel.
  func bind(_ kernel: Kernel, _ buffers: Buffer...) throws(OpenCLError) {
    for (index, buffer) in buffers.enumerated() { try kernel.setArgument(index, buffer) }
  }

  /// The launch that adds a parameter's gradient to its sums: arguments (sums, magnitude, inputs…, N,
  /// grain, scale, limit, accumulate).
  func gradientLaunch(
    _ kernel: Kernel, of parameter: ParameterID, inputs: [Buffer], x: Int, y: Int
  ) throws(OpenCLError) -> Launch {
    try bind(kernel, memory.sum(parameter), memory.magnitude(parameter))
    for (index, buffer) in inputs.enumerated() { try kernel.setArgument(2 + index, buffer) }
    let examples = 2 + inputs.count
    try kernel.setArgument(examples + 1, Int32(grain))
    return Launch(
      kernel, x: .fixed(x), y: .fixed(y), examplesArgument: (examples, 1),
      gradient: (parameter, examples + 2))
  }

  /// The image that a tensor is, one pixel for a vector; the plan has checked the ranks.
  func image(_ id: TensorID) -> ImageShape {
    guard let image = ImageShape(plan.tensors[id].shape) else {
      preconditionFailure("tensor \(plan.tensors[id].name) is neither a vector nor an image")
    }
    return image
  }

  /// Width of the border of zeros of a tensor.
  func halo(_ id: TensorID) -> Int { plan.tensors[id].halo }

  /// Number of elements of one example, without the halo.
  func count(_ id: TensorID) -> Int { plan.tensors[id].shape.count }
}
