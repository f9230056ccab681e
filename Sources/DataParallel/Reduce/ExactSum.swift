import CReduce

/// gradient[i] = float(sum over parts of part[i]) · inverse: integers are added exactly, then rounded once.
///
/// Sendable: it only names a loop.
package struct ExactSum: Sendable, Hashable {
  /// The instruction sets for which the loop is compiled.
  package enum Instructions: Int32, Sendable, CaseIterable {
    case portable = 0
    case avx2 = 1
    case avx512 = 2

    /// The fastest that this processor has.
    package static let fastest = Instructions(rawValue: chorus_reduce_fastest()) ?? .portable

    /// All that this processor has.
    package static var available: [Instructions] {
      allCases.filter { $0.rawValue <= fastest.rawValue }
    }
  }

  private let instructions: Instructions

  /// The loop for this processor, or for another instruction set that it has.
  package init(_ instructions: Instructions = .fastest) {
    precondition(instructions.rawValue <= Instructions.fastest.rawValue)
    self.instructions = instructions
  }

  /// Sums a range of elements.
  ///
  /// - Parameters:
  ///   - parts: At least one; sums wrap around.
  ///   - range: Elements of every part and of the gradient.
  ///   - inverse: Not negative; 2^-exponent of the gradient's scale.
  ///   - gradient: Written in the range only.
  /// - Returns: The largest magnitude in the range of the gradient, which is that of the largest sum, rounded
  ///   as it is: rounding keeps the order.
  @discardableResult
  package func callAsFunction(
    _ parts: UnsafeBufferPointer<UnsafePointer<Int64>?>, _ range: Range<Int>, inverse: Float,
    to gradient: UnsafeMutablePointer<Float>
  ) -> Float {
    precondition(!parts.isEmpty)
    return chorus_reduce(
      instructions.rawValue, parts.baseAddress, parts.count, range.lowerBound, range.count, inverse,
      gradient)
  }
}
