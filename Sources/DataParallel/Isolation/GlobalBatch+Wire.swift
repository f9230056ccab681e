extension WireWriter {
  /// A batch of which only some grains are needed.
  mutating func write(_ batch: GlobalBatch, grains: Range<Int>) {
    write(batch.step)
    write(batch.epoch)
    write(batch.grain)
    write(grains.lowerBound)
    write(grains.upperBound)
    write(batch.examples(of: grains))
  }
}

extension WireReader {
  /// A batch whose indices before the grains are zeros, which nobody reads.
  mutating func readBatch() throws -> (batch: GlobalBatch, grains: Range<Int>) {
    let (step, epoch, grain) = (
      try read(Int.self), try read(Int.self), try read(Int.self)
    )
    let grains = try readRange()
    let own = try readArray(Int.self)
    let (before, overflows) = grains.lowerBound.multipliedReportingOverflow(by: grain)
    guard grain > 0, !overflows, before <= 1 << 32, own.count <= grains.count * grain else {
      throw Self.damaged
    }
    return (
      GlobalBatch(
        step: step, epoch: epoch, indices: Array(repeating: 0, count: before) + own, grain: grain),
      grains
    )
  }
}
