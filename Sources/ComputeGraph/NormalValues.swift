/// Normally distributed numbers as a function of a seed and a counter, the same bits on every machine.
///
/// Box and Muller's transform of Philox words ("A note on the generation of random normal deviates", 1958), in double
/// precision, each number rounded once to a float.
public struct NormalValues: Sendable {
  private let philox: Philox
  private let id: UInt32
  private let stream: UInt32

  /// The numbers of one parameter.
  ///
  /// - Parameters:
  ///   - seed: Seed of the run.
  ///   - id: The parameter's position in its graph.
  ///   - stream: What the numbers are for: the last word of Philox's counter.
  public init(seed: UInt64, id: Int, stream: UInt32) {
    philox = Philox(seed: seed)
    self.id = UInt32(id)
    self.stream = stream
  }

  /// The first `count` numbers, with mean 0 and the given standard deviation.
  ///
  /// Element i comes from the counter (i / 4, id, 0, stream) alone.
  public func values(count: Int, deviation: Double) -> [Float] {
    [Float](unsafeUninitializedCapacity: count) { values, initialized in
      for block in 0..<(count + 3) / 4 {
        let numbers = Self.normal(philox.block(SIMD4(UInt32(block), id, 0, stream)))
        for lane in 0..<min(4, count - 4 * block) {
          values[4 * block + lane] = Float(deviation * numbers[lane])
        }
      }
      initialized = count
    }
  }

  /// Four standard normal numbers, at most 6.77 in magnitude, from four uniform words.
  public static func normal(_ words: SIMD4<UInt32>) -> SIMD4<Double> {
    let (a, b) = pair(words[0], words[1])
    let (c, d) = pair(words[2], words[3])
    return SIMD4(a, b, c, d)
  }

  /// √(-2 ln u) times the cosine and the sine of 2π v; u = (first + 1/2) / 2^32 is never 0, v = second / 2^32.
  private static func pair(_ first: UInt32, _ second: UInt32) -> (Double, Double) {
    let radius = (-2 * RealMath.logarithm((Double(first) + 0.5) * 0x1p-32)).squareRoot()
    let angle = 2 * RealMath.pi * (Double(second) * 0x1p-32)
    return (radius * RealMath.cosine(angle), radius * RealMath.sine(angle))
  }
}
