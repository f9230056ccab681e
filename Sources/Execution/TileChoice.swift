package import ComputeGraph

/// The register tile of one product: how many rows, and vectors of 16 columns, one work-item computes.
public struct Tile: Sendable, Hashable, Codable {
  /// Rows: examples, tokens, pixels, or elements of the inner dimension.
  public let rows: Int
  /// Vectors of 16 columns.
  public let vectors: Int
  /// Taps of a filter that one work-item computes in turn.
  public let taps: Int
  /// Rows and vectors of the block that one work-item computes tile by tile; that of one tile, where there are no blocks.
  public let blockRows: Int, blockVectors: Int

  /// A tile of the given size; a work-item computes one.
  public init(rows: Int, vectors: Int, taps: Int = 1) {
    self.init(rows: rows, vectors: vectors, taps: taps, blockRows: rows, blockVectors: vectors)
  }

  /// A tile of the given size, of which a work-item computes a block.
  public init(rows: Int, vectors: Int, taps: Int = 1, blockRows: Int, blockVectors: Int) {
    self.rows = rows
    self.vectors = vectors
    self.taps = taps
    self.blockRows = blockRows
    self.blockVectors = blockVectors
  }

  /// What a kernel is built with.
  var options: [Step.Option] {
    var options = [Step.Option("TILE_ROWS", rows), Step.Option("TILE_VECTORS", vectors)]
    if taps > 1 { options.append(Step.Option("TILE_TAPS", taps)) }
    if (blockRows, blockVectors) != (rows, vectors) {
      options += [
        Step.Option("BLOCK_ROWS", blockRows), Step.Option("BLOCK_VECTORS", blockVectors),
      ]
    }
    return options
  }
}

/// How tiles are chosen. A choice changes the speed, never the bits.
///
/// The figures beside the choices are GFLOP/s per second of processor time, on a busy machine: they order the
/// choices, and are no claim of speed.
public enum TileChoice: Sendable, Hashable {
  /// The tiles that were fastest on CPU devices (PoCL 3.1, two cores of Zen 4).
  case standard
  /// Those that `standard` takes for large products, whatever the sizes: small networks then run the same programs as
  /// large ones, which are built once.
  case large
  /// One of all tiles, at random, per product: for tests that a choice changes no bit.
  case random(seed: UInt64)
  /// Those that a tuner chose on the same device, and the standard ones for what it has not seen.
  case tuned(TileTable)

  /// Chooses for a step in waves of up to `examples`, on a device of so many compute units; nil where it has no tile.
  func tile(
    for step: Step, examples: Int, grain: Int, units: Int, variant: KernelVariant,
    limits: GroupLimits
  ) -> Tile? {
    guard let request = step.tile else { return nil }
    if case .tuned(let table) = self,
      let key = TileKey(step, examples: examples, grain: grain, variant: variant),
      let tile = table[key]?.tile, request.allows(tile, variant, limits: limits)
    {
      return tile
    }
    return tile(
      request, waveRows: request.rows * examples, units: units, variant: variant, limits: limits)
  }

  /// Chooses for one product in either variant of its kernel.
  package func tile(
    _ request: Step.TileRequest, waveRows: Int, units: Int, variant: KernelVariant,
    limits: GroupLimits
  ) -> Tile {
    switch variant {
    case .cpu: tile(request, waveRows: waveRows, units: units)
    case .gpu: groupTile(request, waveRows: waveRows, units: units, limits: limits)
    }
  }

  /// Chooses for one product on a device of so many compute units; `waveRows` is how many rows a wave has, where tiles run
  /// over all its examples.
  func tile(_ request: Step.TileRequest, waveRows: Int, units: Int) -> Tile {
    switch self {
    case .standard, .tuned: Self.standard(request, waveRows: waveRows, units: units)
    case .large:
      Self.standard(
        Step.TileRequest(request.kind, rows: 1024, columns: 1024), waveRows: 1024, units: 1)
    case .random(let seed): Self.random(request, seed: seed)
    }
  }

  private static func standard(
    _ request: Step.TileRequest, waveRows: Int, units: Int
  ) -> Tile {
    let (rows, columns) = (request.rows, request.columns)
    let vectors = columns <= 16 ? 1 : 2
    switch request.kind {
    case .tokens:
      return Tile(rows: 8, vectors: 1)
    case .winograd:
      // Of ten blocks, 18 x 8 was fastest at 128 to 512 channels (410 to 430 GFLOP/s, of the direct sum's operations),
      // 32 x 4 with fewer.
      return columns >= 128
        ? Tile(rows: 6, vectors: 4, blockRows: 18, blockVectors: 8)
        : Tile(rows: 8, vectors: 2, blockRows: 32, blockVectors: 4)
    case .winogradFilters:
      // Larger blocks transform less often, but enough of them must be left: 330 GFLOP/s with 64 x 8 at 512 channels,
      // 305 with 32 x 4; at 32 to 64 channels 330 with 16 x 4, 160 with 32 x 4, which leave one of two cores idle.
      if rows >= 256 && columns >= 256 {
        return Tile(rows: 8, vectors: 2, blockRows: 64, blockVectors: 8)
      }
      return Tile(rows: 4, vectors: 4, blockRows: rows >= 64 ? 32 : 16, blockVectors: 4)
    case .rows:
      // One vector of columns with eight rows reads either operand in long runs: 170 to 200 GFLOP/s on 4096 x 128 by
      // 128 x 512 out of the caches, 130 to 150 with two or four vectors, 165 to 174 with those in blocks.
      return Tile(rows: 8, vectors: 1, blockRows: 64, blockVectors: 8)
    case .matrix:
      return Tile(rows: leastWaste(rows), vectors: vectors)
    case .pixels:
      // 64 channels of 32 x 32 pixels: 207 GFLOP/s with 6 x 4, 180 with 8 x 2; at 4 x 4 pixels 173 and 192.
      return columns >= 64 && rows > 64
        ? Tile(rows: 6, vectors: 4) : Tile(rows: leastWaste(waveRows), vectors: vectors)
    case .weight:
      let block = weightBlock(rows: rows, vectors: (columns + 15) / 16, units: units)
      return Tile(rows: 8, vectors: 1, blockRows: block.rows, blockVectors: block.vectors)
    case .tapsAndChannels:
      // Each row needs an address of its own: fewer rows of more columns.
      return columns >= 64
        ? Tile(rows: min(6, rows), vectors: 4) : Tile(rows: leastWaste(rows), vectors: vectors)
    case .filters(let taps):
      // Taps that take turns keep a chunk of pixels in the cache: 202 GFLOP/s where one tap each ran at 90, for 64
      // channels of 16 images; but enough work-items must be left.
      let tile =
        columns >= 64
        ? (rows: min(6, rows), vectors: 4) : (rows: leastWaste(rows), vectors: vectors)
      let items = (rows + tile.rows - 1) / tile.rows * ((columns + 63) / 64)
      let together = taps % 9 == 0 && items >= 8 ? 9 : taps % 3 == 0 ? 3 : 1
      return Tile(rows: tile.rows, vectors: tile.vectors, taps: together)
    }
  }

  /// The block of a weight's gradient that leaves the busiest unit the least to do.
  ///
  /// The larger the block, the less is copied, but the units must share the blocks evenly. A vector that is copied costs
  /// about as much as 40 that are multiplied: 160 GFLOP/s with 128 x 8 at 4096 x 512 by 4096 x 128, 115 with 64 x 4.
  private static func weightBlock(
    rows: Int, vectors: Int, units: Int
  ) -> (rows: Int, vectors: Int) {
    func parts(_ count: Int, of size: Int) -> Int { (count + size - 1) / size }
    func cost(_ block: (rows: Int, vectors: Int)) -> Int {
      let (high, wide) = (parts(rows, of: block.rows), parts(vectors, of: block.vectors))
      let copied = parts(rows, of: 16) * wide + vectors * high
      return parts(high * wide, of: units) * (rows * vectors + 40 * copied) / (high * wide)
    }
    let blocks = [128, 64, 32].flatMap { rows in
      [8, 6, 4, 2].map { (rows: rows, vectors: $0) }
    }
    return blocks.min { cost($0) < cost($1) } ?? (128, 8)
  }

  /// Of the sizes that were fastest, the one that wastes fewest rows, then the largest.
  private static func leastWaste(_ rows: Int) -> Int {
    let waste = { (size: Int) in (rows + size - 1) / size * size - rows }
    let best = [8, 7, 6, 5, 4].min { (waste($0), -$0) < (waste($1), -$1) } ?? 8
    return min(best, max(rows, 1))
  }

  private static func random(_ request: Step.TileRequest, seed: UInt64) -> Tile {
    let words = Philox(seed: seed).block(
      SIMD4(UInt32(request.rows), UInt32(request.columns), 0, 0))
    switch request.kind {
    case .tokens:
      return Tile(rows: 4 << Int(words[0] % 3), vectors: 1 + Int(words[1] % 2))
    case .filters(let taps):
      return Tile(
        rows: 1 + Int(words[0] % 6), vectors: 1 + Int(words[1] % 2), taps: 1 + Int(words[2]) % taps)
    case .winograd, .winogradFilters, .rows, .weight:
      // Blocks of whole tiles; where rows are transposed by vectors of 16, tiles divide those.
      let rows =
        request.kind == .winograd || request.kind == .rows
        ? 1 + Int(words[0] % 9) : 1 << Int(words[0] % 5)
      let vectors = 1 << Int(words[1] % 3)
      let blockRows =
        request.kind == .winogradFilters
        ? 16 * (1 + Int(words[2] % 2)) : rows * (1 + Int(words[2] % 3))
      return Tile(
        rows: rows, vectors: vectors, blockRows: blockRows,
        blockVectors: vectors * (1 + Int(words[3] % 2)))
    default:
      return Tile(rows: 1 + Int(words[0] % 9), vectors: 1 + Int(words[1] % 2))
    }
  }
}
