package import ComputeGraph
import Foundation

extension Step.TileRequest {
  /// Whether the kernel can be built with a tile: what a file says must not be able to change a result.
  package func allows(_ tile: Tile) -> Bool {
    guard (1...16).contains(tile.rows), (1...4).contains(tile.vectors), tile.taps >= 1,
      (tile.rows...128).contains(tile.blockRows), (tile.vectors...16).contains(tile.blockVectors)
    else { return false }
    let hasNoBlock = (tile.blockRows, tile.blockVectors) == (tile.rows, tile.vectors)
    let hasBlock =
      tile.blockRows % tile.rows == 0 && tile.blockVectors % tile.vectors == 0
      && tile.vectors != 3
    // Sums of a block lie in private memory.
    let sums = tile.blockRows * tile.blockVectors
    // Where rows are transposed by vectors of 16, tiles divide those.
    let dividesVectors = tile.rows.nonzeroBitCount == 1
    switch kind {
    case .pixels, .matrix, .tapsAndChannels: return hasNoBlock && tile.taps == 1
    case .filters(let taps): return hasNoBlock && tile.taps <= taps
    // They divide the block of attention.h.
    case .tokens: return hasNoBlock && tile.taps == 1 && dividesVectors
    case .rows: return hasBlock && tile.taps == 1
    case .weight: return hasBlock && tile.taps == 1 && sums <= 1024 && dividesVectors
    case .winograd: return hasBlock && tile.taps == 1 && sums <= 512
    case .winogradFilters:
      return hasBlock && tile.taps == 1 && sums <= 512 && dividesVectors
        && tile.blockRows % 16 == 0
    }
  }

  /// The tiles worth a try, in no particular order.
  ///
  /// - Parameter waveRows: Rows of a wave, where tiles run over all its examples.
  /// - Returns: Tiles of at most 32 vectors of sums, none of which is wider or higher than the product needs.
  package func candidates(waveRows: Int) -> [Tile] {
    let vectorCount = (columns + 15) / 16
    let height: Int
    switch kind {
    case .rows, .pixels, .winograd: height = max(waveRows, 1)
    case .matrix, .tapsAndChannels, .filters: height = max(rows, 1)
    case .weight, .winogradFilters: height = (rows + 15) / 16 * 16
    case .tokens: height = 32
    }
    var tiles: [Tile] = []
    for rows in [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16] where rows <= height {
      for vectors in 1...4 where vectors <= vectorCount && rows * vectors <= 32 {
        switch kind {
        case .pixels, .matrix, .tapsAndChannels, .tokens:
          tiles.append(Tile(rows: rows, vectors: vectors))
        case .filters(let taps):
          for count in 1...9 where taps % count == 0 {
            tiles.append(Tile(rows: rows, vectors: vectors, taps: count))
          }
        case .rows, .weight, .winograd, .winogradFilters:
          for high in [1, 2, 3, 4, 6, 8, 12, 16, 32] where rows * high <= height {
            for times in [1, 2, 4, 8] where times == 1 || vectors * times < vectorCount * 2 {
              tiles.append(
                Tile(
                  rows: rows, vectors: vectors, blockRows: rows * high,
                  blockVectors: vectors * times))
            }
          }
        }
      }
    }
    return tiles.filter(allows)
  }
}

extension Tile {
  /// How much two tiles differ: the doublings from one to the other, over all its sizes.
  func distance(to other: Tile) -> Double {
    let pairs = [
      (rows, other.rows), (vectors, other.vectors), (taps, other.taps),
      (blockRows, other.blockRows), (blockVectors, other.blockVectors),
    ]
    return pairs.reduce(0) { $0 + abs(log2(Double($1.0) / Double($1.1))) }
  }
}
