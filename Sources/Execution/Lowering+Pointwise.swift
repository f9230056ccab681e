import ComputeGraph
import Kernels
import OpenCL

// Bias gradient, ReLU, copies, pooling and loss.
extension Lowering {
  func biasBackward(bias: ParameterID, dy: TensorID) throws(OpenCLError) -> Launch {
    let out = image(dy)
    let kernel = try library.kernel(
      "bias_backward", .bias,
      ["M": out.channels, "H": out.height, "W": out.width, "HALO": halo(dy)])
    return try gradientLaunch(
      kernel, of: bias, inputs: [memory.tensors[dy]], x: (out.channels + 15) / 16, y: 1)
  }

  func reluForward(y: TensorID, x: TensorID) throws(OpenCLError) -> Launch {
    let image = image(y)
    let kernel = try library.kernel(
      "relu_forward", .relu, reluDefinitions(y, dy: y, x: x))
    try bind(kernel, memory.tensors[y], memory.tensors[x])
    return Launch(
      kernel, x: .fixed(image.width), y: .perExample(image.height), examplesArgument: (2, 1))
  }

  func reluBackward(dx: TensorID, dy: TensorID, x: TensorID) throws(OpenCLError) -> Launch {
    let image = image(dx)
    let kernel = try library.kernel(
      "relu_backward", .relu, reluDefinitions(dx, dy: dy, x: x))
    try bind(kernel, memory.tensors[dx], memory.tensors[dy], memory.tensors[x])
    return Launch(
      kernel, x: .fixed(image.width), y: .perExample(image.height), examplesArgument: (3, 1))
  }

  private func reluDefinitions(
    _ output: TensorID, dy: TensorID, x: TensorID
  ) -> KernelLibrary.Definitions {
    let image = image(output)
    return [
      "C": image.channels, "H": image.height, "W": image.width, "HALO_OUT": halo(output),
      "HALO_DY": halo(dy), "HALO_X": halo(x),
    ]
  }

  func imageCopy(y: TensorID, x: TensorID) throws(OpenCLError) -> Launch {
    let image = image(y)
    let kernel = try library.kernel(
      "image_copy", .copy,
      [
        "C": image.channels, "H": image.height, "W": image.width, "HALO_OUT": halo(y),
        "HALO_X": halo(x),
      ])
    try bind(kernel, memory.tensors[y], memory.tensors[x])
    return Launch(
      kernel, x: .fixed(image.width), y: .perExample(image.height), examplesArgument: (2, 1))
  }

  func maxPoolForward(
    y: TensorID, x: TensorID, window: Int, stride: Int
  ) throws(OpenCLError) -> Launch {
    let out = image(y)
    let kernel = try library.kernel(
      "max_pool_forward", .maxPool,
      maxPoolDefinitions(y: y, x: x, window: window, stride: stride, haloY: halo(y)))
    try bind(kernel, memory.tensors[y], memory.tensors[x])
    return Launch(
      kernel, x: .fixed(out.width), y: .perExample(out.height), examplesArgument: (2, 1))
  }

  func maxPoolBackward(
    dx: TensorID, dy: TensorID, x: TensorID, window: Int, stride: Int, mask: Bool
  ) throws(OpenCLError) -> Launch {
    let out = image(dx)
    let kernel = try library.kernel(
      "max_pool_backward", .maxPool,
      maxPoolDefinitions(
        y: dy, x: x, window: window, stride: stride, haloDY: halo(dy), haloDX: halo(dx),
        mask: mask))
    try bind(kernel, memory.tensors[dx], memory.tensors[dy], memory.tensors[x])
    return Launch(
      kernel, x: .fixed(out.width), y: .perExample(out.height), examplesArgument: (3, 1))
  }

  private func maxPoolDefinitions(
    y: TensorID, x: TensorID, window: Int, stride: Int, haloY: Int = 0, haloDY: Int = 0,
    haloDX: Int = 0, mask: Bool = false
  ) -> KernelLibrary.Definitions {
    let (out, from) = (image(y), image(x))
    return [
      "C": from.channels, "H": from.height, "W": from.width, "OH": out.height, "OW": out.width,
      "WINDOW": window, "STRIDE": stride, "HALO_X": halo(x), "HALO_Y": haloY,
      "HALO_DY": haloDY, "HALO_DX": haloDX, "MASK": mask ? 1 : 0,
    ]
  }

  func crossEntropyForward(
    loss: TensorID, correct: TensorID, logits: TensorID, labels: TensorID
  ) throws(OpenCLError) -> Launch {
    let kernel = try library.kernel("cross_entropy_forward", .crossEntropy, ["C": count(logits)])
    try bind(
      kernel, memory.tensors[loss], memory.tensors[correct], memory.tensors[logits],
      memory.tensors[labels])
    return Launch(kernel, x: .perExample(1), examplesArgument: (4, 1))
  }

  func crossEntropyBackward(
    dlogits: TensorID, logits: TensorID, labels: TensorID
  ) throws(OpenCLError) -> Launch {
    let kernel = try library.kernel("cross_entropy_backward", .crossEntropy, ["C": count(logits)])
    try bind(kernel, memory.tensors[dlogits], memory.tensors[logits], memory.tensors[labels])
    return Launch(kernel, x: .perExample(1), examplesArgument: (3, 1))
  }
}
