package import ComputeGraph
package import Execution

extension TileTable {
  /// Any of the tiles that a tuner would try, for every product of a plan.
  package init(
    random plan: Plan, examples: Int, grain: Int, seed: UInt64, variant: KernelVariant = .cpu
  ) {
    let philox = Philox(seed: seed)
    var entries: [TileKey: TunedTile] = [:]
    for (index, step) in (plan.forward + plan.evaluation + plan.backward).enumerated() {
      guard let request = step.tile,
        let key = TileKey(step, examples: examples, grain: grain, variant: variant)
      else { continue }
      let tiles = request.candidates(
        variant, waveRows: request.rows * examples, limits: .usual)
      let word = Int(philox.block(SIMD4(UInt32(index), 0, 0, 0))[0])
      entries[key] = TunedTile(tile: tiles[word % tiles.count], standard: tiles[0])
    }
    self.init(entries)
  }
}
