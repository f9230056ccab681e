import ComputeGraph
import Kernels
import OpenCL

extension Lowering {
  func convolutionForward(
    y: TensorID, x: TensorID, weight: ParameterID, bias: ParameterID, padding: Int, relu: Bool
  ) throws(OpenCLError) -> Launch {
    let out = image(y)
    let tile = tiles.tile(rows: out.width, columns: out.channels)
    let kernel = try library.kernel(
      "convolution_forward", .convolution,
      definitions(output: y, input: x, padding: padding, tile: tile, relu: relu))
    try bind(
      kernel, memory.tensors[y], memory.tensors[x], memory.weight(weight), memory.weight(bias))
    return Launch(
      kernel, x: .perExample(out.height * tile.rowTiles(out.width)),
      y: .fixed(tile.columnTiles(out.channels)), examplesArgument: (4, 1))
  }

  /// The gradient of the input is a convolution of `dy` with the filters turned by half a turn.
  func convolutionBackwardInput(
    dx: TensorID, dy: TensorID, x: TensorID, weight: ParameterID, padding: Int, mask: Bool
  ) throws(OpenCLError) -> Launch {
    let out = image(dx)
    let tile = tiles.tile(rows: out.width, columns: out.channels)
    let kernelSize = plan.graph.parameters[weight].shape.dimensions[0]
    let definitions = definitions(
      output: dx, input: dy, padding: kernelSize - 1 - padding, tile: tile,
      mask: mask ? x : nil)
    let turned = try Buffer(
      context: library.context, byteCount: plan.graph.parameters[weight].shape.count * 4)
    let turn = try library.kernel("convolution_turn_filters", .convolution, definitions)
    try bind(turn, turned, memory.weight(weight))
    addPrologue(
      Launch(
        turn, x: .fixed(kernelSize * kernelSize), y: .fixed((image(dy).channels + 15) / 16)))

    let kernel = try library.kernel("convolution_backward_input", .convolution, definitions)
    try bind(kernel, memory.tensors[dx], memory.tensors[dy], turned, memory.tensors[x])
    return Launch(
      kernel, x: .perExample(out.height * tile.rowTiles(out.width)),
      y: .fixed(tile.columnTiles(out.channels)), examplesArgument: (4, 1))
  }

  func convolutionBackwardFilters(
    weight: ParameterID, x: TensorID, dy: TensorID, padding: Int
  ) throws(OpenCLError) -> Launch {
    let shape = plan.graph.parameters[weight].shape.dimensions
    let rows = shape[0] * shape[1] * shape[2]
    let tile = tiles.filterTile(rows: rows, columns: shape[3])
    let kernel = try library.kernel(
      "convolution_backward_filters", .convolution,
      definitions(output: dy, input: x, padding: padding, tile: tile))
    return try gradientLaunch(
      kernel, of: weight, inputs: [memory.tensors[x], memory.tensors[dy]],
      x: tile.rowTiles(rows), y: tile.columnTiles(shape[3]))
  }

  /// The build options of convolution.cl for images of these tensors.
  ///
  /// - Parameters:
  ///   - output: The tensor whose pixels are H x W and whose channels are M.
  ///   - input: The tensor that the taps read; its channels are C.
  ///   - padding: Zeros around the input that take part.
  ///   - tile: The register tile.
  ///   - relu: Whether forward ends with a ReLU.
  ///   - mask: The ReLU output that masks the gradient, if any.
  /// - Returns: Names and values.
  private func definitions(
    output: TensorID, input: TensorID, padding: Int, tile: Tile, relu: Bool = false,
    mask: TensorID? = nil
  ) -> KernelLibrary.Definitions {
    let (out, from) = (image(output), image(input))
    let border = halo(input)
    return [
      "C": from.channels, "M": out.channels, "H": out.height, "W": out.width,
      "KH": from.height + 2 * padding - out.height + 1,
      "KW": from.width + 2 * padding - out.width + 1,
      "IN_HEIGHT": from.height + 2 * border, "IN_WIDTH": from.width + 2 * border,
      "ORIGIN_H": border - padding, "ORIGIN_W": border - padding,
      "OUT_HALO": halo(output), "MASK_HALO": mask.map(halo) ?? 0,
      "TILE_ROWS": tile.rows, "TILE_VECTORS": tile.vectors, "RELU": relu ? 1 : 0,
      "MASK": mask == nil ? 0 : 1,
    ]
  }
}
