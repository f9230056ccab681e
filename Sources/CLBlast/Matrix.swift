public import OpenCL

/// Whether a matrix is used as it is stored, or its rows as columns.
public enum Transpose: Sendable {
  /// As it is stored.
  case no
  /// Its rows as columns.
  case yes
}

/// A row-major float32 matrix inside a buffer, as an operand of a product.
public struct Matrix: Sendable {
  /// The memory.
  public let buffer: Buffer
  /// Where the matrix starts, in elements.
  public let offset: Int
  /// Whether the product uses it transposed.
  public let transpose: Transpose

  /// A matrix that starts `offset` elements into `buffer`.
  public init(_ buffer: Buffer, offset: Int = 0, transpose: Transpose = .no) {
    self.buffer = buffer
    self.offset = offset
    self.transpose = transpose
  }
}
