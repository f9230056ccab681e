import ComputeGraph
import Kernels
import OpenCL

extension Lowering {
  func linearForward(
    y: TensorID, x: TensorID, weight: ParameterID, bias: ParameterID, relu: Bool
  ) throws(OpenCLError) -> Launch {
    let (k, m) = (count(x), count(y))
    let tile = tiles.tile(rows: memory.plan.capacity, columns: m)
    let kernel = try library.kernel(
      "linear_forward", .product,
      [
        "K": k, "M": m, "TILE_ROWS": tile.rows, "TILE_VECTORS": tile.vectors,
        "RELU": relu ? 1 : 0, "MASK": 0,
      ])
    try bind(
      kernel, memory.tensors[y], memory.tensors[x], memory.weight(weight), memory.weight(bias))
    return Launch(
      kernel, x: .tiles(of: tile.rows), y: .fixed(tile.columnTiles(m)), examplesArgument: (4, 1))
  }

  func linearBackwardInput(
    dx: TensorID, dy: TensorID, x: TensorID, weight: ParameterID, mask: Bool
  ) throws(OpenCLError) -> Launch {
    let (k, m) = (count(dx), count(dy))
    let tile = tiles.tile(rows: memory.plan.capacity, columns: k)
    let definitions: KernelLibrary.Definitions = [
      "K": k, "M": m, "TILE_ROWS": tile.rows, "TILE_VECTORS": tile.vectors, "RELU": 0,
      "MASK": mask ? 1 : 0,
    ]
    let transposed = try Buffer(context: library.context, byteCount: k * m * 4)
    let transpose = try library.kernel("linear_transpose_weight", .product, definitions)
    try bind(transpose, transposed, memory.weight(weight))
    addPrologue(Launch(transpose, x: .fixed((k + 15) / 16), y: .fixed((m + 15) / 16)))

    let kernel = try library.kernel("linear_backward_input", .product, definitions)
    try bind(kernel, memory.tensors[dx], memory.tensors[dy], transposed, memory.tensors[x])
    return Launch(
      kernel, x: .tiles(of: tile.rows), y: .fixed(tile.columnTiles(k)), examplesArgument: (4, 1))
  }

  func linearBackwardWeight(
    weight: ParameterID, x: TensorID, dy: TensorID
  ) throws(OpenCLError) -> Launch {
    let (k, m) = (count(x), count(dy))
    let tile = tiles.tile(rows: k, columns: m)
    let kernel = try library.kernel(
      "linear_backward_weight", .product,
      [
        "K": k, "M": m, "TILE_ROWS": tile.rows, "TILE_VECTORS": tile.vectors, "RELU": 0, "MASK": 0,
      ])
    return try gradientLaunch(
      kernel, of: weight, inputs: [memory.tensors[x], memory.tensors[dy]], x: tile.rowTiles(k),
      y: tile.columnTiles(m))
  }
}
