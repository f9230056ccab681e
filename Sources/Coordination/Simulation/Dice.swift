/// Random draws that depend on nothing but the seed.
struct Dice: Sendable {
  private var random: SplitRandom

  init(seed: UInt64) { random = SplitRandom(seed: seed) }

  mutating func bits() -> UInt64 { random.next() }

  /// From 0 up to 1.
  mutating func unit() -> Double { Double(random.next() >> 11) / Double(1 << 53) }

  mutating func chance(_ probability: Double) -> Bool { unit() < probability }

  mutating func integer(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(random.next() % UInt64(range.count))
  }

  /// Every order of magnitude is as likely as another.
  mutating func magnitude(_ low: Double, _ high: Double) -> Double {
    // 2^x by halving the logarithmic interval: `Foundation` is not needed for it.
    var (low, high) = (low, high)
    for _ in 0..<24 {
      let middle = (low * high).squareRoot()
      if random.next() % 2 == 0 { high = middle } else { low = middle }
    }
    return low
  }

  /// One of several, which must not be none.
  mutating func pick<Value>(_ values: [Value]) -> Value { values[integer(0...values.count - 1)] }
}

/// Mixes two words to one, as a stand-in for arithmetic that everything depends on.
func mixed(_ first: UInt64, _ second: UInt64) -> UInt64 {
  var random = SplitRandom(seed: first)
  random = SplitRandom(seed: random.next() ^ second)
  return random.next()
}
