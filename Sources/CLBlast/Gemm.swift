import CCLBlast
public import OpenCL
import Synchronization

// Matrices are row major: a is [M, K], b is [K, N] and c is [M, N] after their transposes.

/// Enqueues `c = alpha * a * b + beta * c` in float32.
///
/// `a` is `[m, k]`, `b` is `[k, n]` and `c` is `[m, n]`, row major without gaps; a transposed
/// operand is stored the other way round. The order of the sums is CLBlast's own, so the bits
/// differ from device to device. The first product of a context compiles kernels, for seconds.
public func gemm(
  queue: CommandQueue, m: Int, n: Int, k: Int, alpha: Float = 1, a: Matrix, b: Matrix,
  beta: Float = 0, c: Matrix
) throws(CLBlastError) -> Event {
  try loadLibrary()
  guard m > 0, n > 0, k > 0 else { throw .emptyProduct(m: m, n: n, k: k) }
  precondition(c.transpose == .no, "the result of a product is stored as it is")
  try check(a, "a", rows: m, columns: k)
  try check(b, "b", rows: k, columns: n)
  try check(c, "c", rows: m, columns: n)

  var event: UnsafeMutableRawPointer?
  let multiply = {
    chorus_clblast_sgemm(
      a.transpose == .yes, b.transpose == .yes, m, n, k, alpha,
      UnsafeMutableRawPointer(a.buffer.rawPointer), a.offset, a.transpose == .yes ? m : k,
      UnsafeMutableRawPointer(b.buffer.rawPointer), b.offset, b.transpose == .yes ? k : n,
      beta, UnsafeMutableRawPointer(c.buffer.rawPointer), c.offset, n,
      UnsafeMutableRawPointer(queue.rawPointer), &event)
  }
  let code = firstProduct.run(multiply) ?? multiply()
  guard code == 0, let event else { throw .failed(call: "CLBlastSgemm", code: code) }
  return Event(adopting: OpaquePointer(event), from: "CLBlastSgemm")
}

/// Drops the programs that CLBlast keeps, and with them its hold on their contexts.
public func clearCache() throws(CLBlastError) {
  try loadLibrary()
  let code = chorus_clblast_clear_cache()
  guard code == 0 else { throw .failed(call: "CLBlastClearCache", code: code) }
}

private func check(
  _ matrix: Matrix, _ operand: String, rows: Int, columns: Int
) throws(CLBlastError) {
  let needed = (matrix.offset + rows * columns) * MemoryLayout<Float>.stride
  guard matrix.offset < 0 || needed > matrix.buffer.byteCount else { return }
  throw .bufferTooSmall(
    operand: operand, neededByteCount: needed, byteCount: matrix.buffer.byteCount)
}

/// Lets the process's first product run alone.
///
/// CLBlast 1.5.3 fills a table of tuning parameters in its first call without a lock: of 40
/// processes whose first four products ran on four threads, four crashed.
private let firstProduct = FirstProduct()

private final class FirstProduct: Sendable {
  private let isDone = Mutex(false)

  /// The status of `multiply`, or nil where it may run beside others.
  func run(_ multiply: () -> Int32) -> Int32? {
    isDone.withLock { isDone in
      guard !isDone else { return nil }
      let code = multiply()
      isDone = code == 0
      return code
    }
  }
}

private func loadLibrary() throws(CLBlastError) {
  var message: UnsafePointer<CChar>?
  guard chorus_clblast_load(&message) != 0 else { return }
  throw .libraryNotFound(message.map { String(cString: $0) } ?? "no reason given")
}
