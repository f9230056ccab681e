import CLBlast
import OpenCL
import Testing

private let allDevices: [Device] = {
  let platforms = (try? Platform.all()) ?? []
  return platforms.flatMap { (try? $0.devices()) ?? [] }
}()

private let (m, n, k) = (13, 29, 37)

@Suite("Products of CLBlast")
struct GemmTests {
  @Test("every pair of transposes gives the product in float64", arguments: allDevices)
  func product(_ device: Device) throws {
    let context = try Context(device: device)
    let queue = try CommandQueue(context: context)
    for transposeA in [Transpose.no, .yes] {
      for transposeB in [Transpose.no, .yes] {
        try expectProduct(context, queue, transposeA, transposeB)
      }
    }
    try clearCache()
  }

  @Test("an operand that does not fit its buffer is named with both sizes", arguments: allDevices)
  func sizes(_ device: Device) throws {
    let context = try Context(device: device)
    let queue = try CommandQueue(context: context)
    let small = Matrix(try Buffer(context: context, byteCount: 4 * (m * k - 1)))
    let large = Matrix(try Buffer(context: context, byteCount: 4 * k * n))
    let error = #expect(throws: CLBlastError.self) {
      try gemm(queue: queue, m: m, n: n, k: k, a: small, b: large, c: large)
    }
    #expect(
      error == .bufferTooSmall(operand: "a", neededByteCount: 1924, byteCount: 1920))
    let moved = Matrix(large.buffer, offset: 1)
    #expect(throws: CLBlastError.self) {
      try gemm(queue: queue, m: m, n: n, k: k, a: large, b: moved, c: large)
    }
    #expect(throws: CLBlastError.emptyProduct(m: 0, n: n, k: k)) {
      try gemm(queue: queue, m: 0, n: n, k: k, a: large, b: large, c: large)
    }
  }

  @Test("an error names the status and the remedy")
  func errors() {
    let failed = CLBlastError.failed(call: "CLBlastSgemm", code: -1010)
    #expect(failed.description == "CLBlastSgemm failed: InsufficientMemoryA (-1010)")
    #expect(CLBlastError.libraryNotFound("gone").description.contains("libclblast1"))
  }
}

/// Compares `0.5 * a * b - 2 * c` with a float64 product, all operands one element into buffers.
private func expectProduct(
  _ context: Context, _ queue: CommandQueue, _ transposeA: Transpose, _ transposeB: Transpose,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let a = (0..<m * k).map { Float(($0 * 37) % 101) / 50 - 1 }  // [M, K] or [K, M]
  let b = (0..<k * n).map { Float(($0 * 53) % 97) / 48 - 1 }  // [K, N] or [N, K]
  let c = (0..<m * n).map { Float(($0 * 29) % 89) / 44 - 1 }  // [M, N]
  let operands = try [a, b, c].map { try upload([0] + $0, context, queue) }
  try gemm(
    queue: queue, m: m, n: n, k: k, alpha: 0.5,
    a: Matrix(operands[0], offset: 1, transpose: transposeA),
    b: Matrix(operands[1], offset: 1, transpose: transposeB),
    beta: -2, c: Matrix(operands[2], offset: 1)
  ).wait()

  let result = try download(operands[2], context, queue)
  for row in 0..<m {
    for column in 0..<n {
      let sum = (0..<k).reduce(0.0) { sum, index in
        let left = transposeA == .no ? a[row * k + index] : a[index * m + row]
        let right = transposeB == .no ? b[index * n + column] : b[column * k + index]
        return sum + Double(left) * Double(right)
      }
      let expected = 0.5 * sum - 2 * Double(c[row * n + column])
      let difference = abs(Double(result[1 + row * n + column]) - expected)
      #expect(
        difference < 1e-5, "c[\(row), \(column)], \(transposeA), \(transposeB)",
        sourceLocation: sourceLocation)
    }
  }
}

private func upload(
  _ values: [Float], _ context: Context, _ queue: CommandQueue
) throws -> Buffer {
  let byteCount = values.count * MemoryLayout<Float>.stride
  let staging = try StagingBuffer(context: context, queue: queue, byteCount: byteCount)
  _ = staging.bind(to: Float.self).update(fromContentsOf: values)
  let buffer = try Buffer(context: context, byteCount: byteCount)
  _ = try queue.upload(staging, to: buffer, byteCount: byteCount)
  return buffer
}

private func download(
  _ buffer: Buffer, _ context: Context, _ queue: CommandQueue
) throws -> [Float] {
  let byteCount = buffer.byteCount
  let staging = try StagingBuffer(context: context, queue: queue, byteCount: byteCount)
  try queue.download(buffer, to: staging, byteCount: byteCount).wait()
  return Array(staging.bind(to: Float.self))
}
