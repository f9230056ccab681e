import ComputeGraph

/// The register tile of one product: how many rows, and vectors of 16 columns, one work-item computes.
public struct Tile: Sendable, Hashable {
  /// Rows: examples, pixels of a line, or elements of the inner dimension.
  public let rows: Int
  /// Vectors of 16 columns.
  public let vectors: Int

  /// A tile of the given size.
  public init(rows: Int, vectors: Int) {
    self.rows = rows
    self.vectors = vectors
  }

  /// Work-items that cover `count` rows.
  func rowTiles(_ count: Int) -> Int { (count + rows - 1) / rows }

  /// Work-items that cover `count` columns.
  func columnTiles(_ count: Int) -> Int { (count + 16 * vectors - 1) / (16 * vectors) }
}

/// How tiles are chosen. A choice changes the speed, never the bits.
public enum TileChoice: Sendable, Hashable {
  /// The tile that wastes least, of those that were fastest on CPU devices.
  case standard
  /// One of all tiles, at random, per product: for tests that a choice changes no bit.
  case random(seed: UInt64)

  /// Chooses for a product of `rows` by `columns`; `rows` is the length that tiles must not cross.
  func tile(rows: Int, columns: Int) -> Tile {
    switch self {
    case .standard:
      let vectors = columns <= 16 ? 1 : 2
      // Fewest wasted rows first, then the larger tile: 7 divides the lines of 28 and 14 pixels.
      let candidates = [8, 7, 6, 5, 4]
      let waste = { (size: Int) in (rows + size - 1) / size * size - rows }
      let best = candidates.min { (waste($0), -$0) < (waste($1), -$1) } ?? 8
      return Tile(rows: min(best, max(rows, 1)), vectors: vectors)
    case .random(let seed):
      let words = Philox(seed: seed).block(SIMD4(UInt32(rows), UInt32(columns), 0, 0))
      return Tile(rows: 1 + Int(words[0] % 9), vectors: 1 + Int(words[1] % 2))
    }
  }
}
