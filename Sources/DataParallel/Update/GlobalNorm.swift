/// The Euclidean norm of the gradient over all parameters, and what clipping leaves of it.
///
/// The order of the sum is fixed, so the bits do not depend on threads: a parameter's gradient is cut into blocks of
/// `blockSize` elements; a block adds its squares, exact in double precision, in ascending order to 8 lanes
/// (element i to lane i mod 8), then the lanes as a tree; block sums are added in ascending order over all
/// parameters.
public struct GlobalNorm: Sendable, Hashable {
  /// √(sum of squares) / counted predictions: the norm of the mean gradient.
  public let norm: Double

  /// Elements that are summed as one; part of the numeric contract.
  public static let blockSize = 1 << 14

  /// Runs a body for every index below a number, in any order and on any threads, and returns when all are done.
  public typealias Loop = (_ count: Int, _ body: @Sendable (Int) -> Void) -> Void

  /// The norm of gradients that are sums over a batch.
  ///
  /// - Parameters:
  ///   - gradients: Each trained parameter's gradient, by id; only read.
  ///   - counted: Predictions of the batch that count.
  ///   - loop: How blocks are run: one after the other, or by `DispatchQueue.concurrentPerform`.
  public init(
    of gradients: [UnsafeBufferPointer<Float>], counted: Int,
    loop: Loop = { count, body in for index in 0..<count { body(index) } }
  ) {
    var blocks: [UnsafeBufferPointer<Float>] = []
    for gradient in gradients {
      for first in stride(from: 0, to: gradient.count, by: Self.blockSize) {
        let end = min(first + Self.blockSize, gradient.count)
        blocks.append(UnsafeBufferPointer(rebasing: gradient[first..<end]))
      }
    }
    let total = withUnsafeTemporaryAllocation(of: Double.self, capacity: blocks.count) { sums in
      let job = BlockSums(blocks: blocks, sums: sums)
      loop(blocks.count) { job.run($0) }
      return sums.reduce(0, +)
    }
    norm = total.squareRoot() / Double(counted)
  }

  /// What gradients are multiplied by so that their norm is at most `limit`: min(1, limit / (norm + 1e-6)), as
  /// `torch.nn.utils.clip_grad_norm_` has it; NaN if the norm is.
  public func clipping(to limit: Double) -> Double {
    let share = limit / (norm + 1e-6)
    return share > 1 ? 1 : share
  }

  /// The sum of the squares of one block.
  static func squareSum(_ block: UnsafeBufferPointer<Float>) -> Double {
    var lanes = SIMD8<Double>()
    let whole = block.count & ~7
    let bytes = UnsafeRawBufferPointer(block)
    for first in stride(from: 0, to: whole, by: 8) {
      let values = SIMD8<Double>(
        bytes.loadUnaligned(
          fromByteOffset: first * MemoryLayout<Float>.stride, as: SIMD8<Float>.self))
      lanes += values * values
    }
    for index in whole..<block.count {
      let value = Double(block[index])
      lanes[index - whole] += value * value
    }
    let four = lanes.lowHalf + lanes.highHalf
    let two = four.lowHalf + four.highHalf
    return two.x + two.y
  }
}

/// The loop over blocks.
///
/// Sendable: each index reads its own block and writes its own sum.
private struct BlockSums: @unchecked Sendable {
  let blocks: [UnsafeBufferPointer<Float>]
  let sums: UnsafeMutableBufferPointer<Double>

  func run(_ index: Int) {
    sums.initializeElement(at: index, to: GlobalNorm.squareSum(blocks[index]))
  }
}
