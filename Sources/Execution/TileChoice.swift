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

  /// Chooses for the gradient of filters, `rows` by `columns`.
  ///
  /// Each row needs an address of its own there: 4 rows of 64 columns ran at 168 GFLOP/s where 8 rows of 32 ran at
  /// 138 (64 to 128 channels of 14 x 14 pixels, PoCL 3.1, two cores of Zen 4).
  func filterTile(rows: Int, columns: Int) -> Tile {
    guard self == .standard, columns >= 64 else { return tile(rows: rows, columns: columns) }
    return Tile(rows: 4, vectors: 4)
  }

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
