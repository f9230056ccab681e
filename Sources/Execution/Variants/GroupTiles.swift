package import ComputeGraph

extension Tile {
  /// Tiles of the block.
  package var tilesOfBlock: Int { blockRows / rows * (blockVectors / vectors) }

  /// The same tile in half the block, for tokens of half as many; nil where it is the block.
  func halved(_ kind: Step.TileRequest.Kind?) -> Tile? {
    if kind != .tokens, blockRows % (2 * rows) == 0 {
      return Tile(
        rows: rows, vectors: vectors, taps: taps, blockRows: blockRows / 2,
        blockVectors: blockVectors)
    }
    guard blockVectors % (2 * vectors) == 0 else { return nil }
    return Tile(
      rows: rows, vectors: vectors, taps: taps, blockRows: blockRows,
      blockVectors: blockVectors / 2)
  }

  /// What a kernel for work-groups is built with: its block, even where that is one tile.
  var blockOptions: [Step.Option] {
    var options = [
      Step.Option("TILE_ROWS", rows), Step.Option("TILE_VECTORS", vectors),
      Step.Option("BLOCK_ROWS", blockRows), Step.Option("BLOCK_VECTORS", blockVectors),
    ]
    if taps > 1 { options.append(Step.Option("TILE_TAPS", taps)) }
    return options
  }
}

// The tiles of kernels whose work-groups compute a block together.
extension TileChoice {
  /// Chooses for one product.
  func groupTile(
    _ request: Step.TileRequest, waveRows: Int, units: Int, limits: GroupLimits
  ) -> Tile {
    switch self {
    case .standard, .tuned:
      Self.standardGroup(request, waveRows: waveRows, units: units, limits: limits)
    case .large:
      Self.standardGroup(
        Step.TileRequest(request.kind, rows: 1024, columns: 1024), waveRows: 1024, units: 1,
        limits: limits)
    case .random(let seed): Self.randomGroup(request, seed: seed)
    }
  }

  /// Items of the groups of a kernel without a tile; nil for what its source says.
  func groupItems(of kernel: String, _ limits: GroupLimits) -> Int? {
    guard case .random(let seed) = self else { return nil }
    let name = kernel.utf8.reduce(UInt32(0)) { $0 &* 31 &+ UInt32($1) }
    let items = 16 << Int(Philox(seed: seed).block(SIMD4(name, 1, 0, 0))[0] % 5)
    return min(items, limits.items)
  }

  /// The largest block that leaves two groups to each unit, or the smallest.
  private static func standardGroup(
    _ request: Step.TileRequest, waveRows: Int, units: Int, limits: GroupLimits
  ) -> Tile {
    let tiles = request.groupTiles.filter { request.allows($0, limits: limits) }
    let rows = request.kind.addsExamples ? request.rows : waveRows
    let widest = max(1, (request.columns + 15) / 16)
    let groups = { (tile: Tile) in
      (rows + tile.blockRows - 1) / tile.blockRows
        * ((widest + tile.blockVectors - 1) / tile.blockVectors)
    }
    // Of a block that is much wider than the product most items would have nothing to do.
    let fitting = tiles.filter {
      ($0.blockVectors < 2 * widest || $0.blockVectors == 1)
        && (request.kind != .matrix || $0.blockRows < 2 * max(request.rows, 16))
    }
    return fitting.first { groups($0) >= 2 * units } ?? fitting.last ?? tiles.last
      ?? Tile(rows: 1, vectors: 1, blockRows: 16, blockVectors: 1)
  }

  private static func randomGroup(_ request: Step.TileRequest, seed: UInt64) -> Tile {
    let words = Philox(seed: seed).block(
      SIMD4(UInt32(request.rows), UInt32(request.columns), 2, 0))
    if request.kind == .tokens {
      return Tile(
        rows: 1 << Int(words[0] % 4), vectors: 1, blockRows: 64,
        blockVectors: 1 << Int(words[1] % 3))
    }
    let rows = 1 + Int(words[0] % 5)
    let vectors = 1 << Int(words[1] % 2)
    let (high, wide): (UInt32, UInt32) = request.kind.hasPlaces ? (8, 2) : (24, 3)
    return Tile(
      rows: rows, vectors: vectors, blockRows: rows * (1 + Int(words[2] % high)),
      blockVectors: vectors << Int(words[3] % wide))
  }
}

extension Step.TileRequest.Kind {
  /// Whether a group multiplies at the 16 places of Winograd's filtering, each with items of its own.
  var hasPlaces: Bool { self == .winograd || self == .winogradFilters }

  /// Whether the product sums over examples, so that its rows are as many in every wave.
  var addsExamples: Bool {
    switch self {
    case .rows, .pixels, .winograd, .matrix, .tokens: false
    case .weight, .tapsAndChannels, .filters, .winogradFilters: true
    }
  }
}

extension Step.TileRequest {
  /// The blocks to choose from, the largest first: as many rows as registers hold. Clang 15 for gfx1030 needs 226 to 236 of
  /// 256 for tiles of 4 rows, 215 for exact sums of 2 rows, 223 for attention's keys with 2 and spills with 4.
  private var groupShapes: [(rows: Int, blockRows: Int, blockVectors: Int)] {
    if kind == .tokens { return [(2, 64, 4), (2, 64, 2), (1, 64, 1)] }
    if kind.hasPlaces {
      return kind.addsExamples
        ? [(2, 16, 2), (2, 32, 1), (1, 16, 1), (1, 8, 1), (1, 4, 1)]
        : [(4, 32, 2), (2, 32, 1), (1, 16, 1), (1, 8, 1), (1, 4, 1)]
    }
    return kind.addsExamples
      ? [(2, 64, 4), (2, 64, 2), (2, 32, 4), (2, 32, 2), (2, 64, 1), (1, 32, 2), (1, 32, 1)]
      : [
        (4, 128, 4), (4, 128, 2), (4, 64, 4), (2, 64, 2), (2, 128, 1), (2, 64, 1), (1, 32, 2),
        (1, 32, 1),
      ]
  }

  /// The standard tiles of a work-group, the largest first.
  var groupTiles: [Tile] {
    groupShapes.map {
      Tile(rows: $0.rows, vectors: 1, blockRows: $0.blockRows, blockVectors: $0.blockVectors)
    }
  }

  /// Whether a kernel for work-groups can be built with a tile.
  package func allows(_ tile: Tile, limits: GroupLimits) -> Bool {
    guard (1...8).contains(tile.rows), (1...4).contains(tile.vectors), tile.taps == 1,
      (tile.rows...256).contains(tile.blockRows), (tile.vectors...16).contains(tile.blockVectors),
      tile.blockRows % tile.rows == 0, tile.blockVectors % tile.vectors == 0
    else { return false }
    if kind == .tokens {
      // Tokens times the 64 others of a block (attention_group.h), which have rows of their own.
      return tile.rows.nonzeroBitCount == 1 && tile.vectors == 1 && tile.blockRows == 64
        && tile.blockVectors <= 4 && groupItems(tile) <= limits.items
        && 64 * (80 * tile.blockVectors + 70) <= limits.localByteCount
    }
    // Two slices of 16 terms, with the ends of their lines (group.h), or at each place of 4 (winograd_group.h).
    let floats = tile.blockRows + 16 * tile.blockVectors + 8
    return groupItems(tile) <= limits.items
      && (kind.hasPlaces ? 64 : 16) * 4 * floats <= limits.localByteCount
  }

  /// Items of the work-group that computes the block of a tile.
  package func groupItems(_ tile: Tile) -> Int {
    if kind == .tokens { return 16 * tile.blockVectors / tile.rows * 4 }
    return (kind.hasPlaces ? 16 : 1) * tile.tilesOfBlock
  }

  /// Whether a kernel can be built with a tile in a variant.
  package func allows(_ tile: Tile, _ variant: KernelVariant, limits: GroupLimits) -> Bool {
    variant == .gpu ? allows(tile, limits: limits) : allows(tile)
  }

  /// The tiles of a variant worth a try, in no particular order.
  package func candidates(
    _ variant: KernelVariant, waveRows: Int, limits: GroupLimits
  ) -> [Tile] {
    variant == .gpu
      ? groupCandidates(waveRows: waveRows, limits: limits) : candidates(waveRows: waveRows)
  }

  /// The tiles of work-groups worth a try, in no particular order.
  package func groupCandidates(waveRows: Int, limits: GroupLimits) -> [Tile] {
    if kind == .tokens {
      return [1, 2, 4, 8].flatMap { rows in
        [1, 2, 4].map { Tile(rows: rows, vectors: 1, blockRows: 64, blockVectors: $0) }
      }.filter { allows($0, limits: limits) && groupItems($0) >= 16 }
    }
    let height = max(1, kind.addsExamples ? rows : waveRows)
    let vectorCount = (columns + 15) / 16
    var tiles: [Tile] = []
    for rows in [1, 2, 4, 8] {
      for vectors in [1, 2] where vectors <= vectorCount && rows * vectors <= 8 {
        for items in [4, 8, 16, 32, 64] where rows * items < 2 * max(height, 16) {
          for times in [1, 2, 4, 8] where times == 1 || vectors * times < vectorCount * 2 {
            tiles.append(
              Tile(
                rows: rows, vectors: vectors, blockRows: rows * items,
                blockVectors: vectors * times))
          }
        }
      }
    }
    return tiles.filter { allows($0, limits: limits) && groupItems($0) >= 16 }
  }
}
