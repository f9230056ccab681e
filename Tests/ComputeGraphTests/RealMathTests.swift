import ComputeGraph
import Foundation
import Testing

/// RealMath against the C library, whose errors are below 1 unit in the last place.
@Suite("Real math")
struct RealMathTests {
  /// Checks the largest relative error over `values`.
  private func expect(
    _ values: [Double], within bound: Double, _ own: (Double) -> Double,
    _ reference: (Double) -> Double, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    var largest = 0.0
    var at = 0.0
    for x in values {
      let expected = reference(x)
      let error =
        expected == 0 ? own(x).magnitude : ((own(x) - expected) / expected).magnitude
      if !(error <= largest) { (largest, at) = (error, x) }
    }
    #expect(largest <= bound, "largest error \(largest) at \(at)", sourceLocation: sourceLocation)
  }

  private func uniform(_ range: ClosedRange<Double>, count: Int = 200_000) -> [Double] {
    let philox = Philox(seed: 7)
    return (0..<count).map { index in
      let words = philox.block(SIMD4(UInt32(index), 0, 0, 0))
      let share = (Double(words[0]) + Double(words[1]) * 0x1p-32) * 0x1p-32
      return range.lowerBound + share * (range.upperBound - range.lowerBound)
    }
  }

  @Test("sine and cosine are within 4e-16, near and far, and next to multiples of a quarter turn")
  func circular() {
    let near = (-40...40).flatMap { turn -> [Double] in
      let middle = Double(turn) * Double.pi / 2
      return [middle.nextDown, middle, middle.nextUp, middle + 1e-9, middle - 1e-5]
    }
    for values in [uniform(-7...7), uniform(-0x1p20...0x1p20), uniform(-1e-3...1e-3), near] {
      expect(values, within: 4e-16, RealMath.sine, Foundation.sin)
      expect(values, within: 4e-16, RealMath.cosine, Foundation.cos)
    }
    #expect(RealMath.sine(0) == 0)
    #expect(RealMath.cosine(0) == 1)
    #expect(RealMath.cosine(RealMath.pi) == -1)
    #expect(RealMath.sine(.infinity).isNaN)
  }

  @Test("the logarithm is within 4e-16, also next to 1 and for subnormal numbers")
  func logarithm() {
    expect(uniform(1e-9...2), within: 4e-16, RealMath.logarithm, Foundation.log)
    expect(uniform(0.9999...1.0001), within: 4e-16, RealMath.logarithm, Foundation.log)
    expect(uniform(1...1e300), within: 4e-16, RealMath.logarithm, Foundation.log)
    expect(
      uniform(-1074...1023).map { Foundation.exp2($0) }, within: 4e-16, RealMath.logarithm,
      Foundation.log)
    #expect(RealMath.logarithm(1) == 0)
    #expect(RealMath.logarithm(0) == -.infinity)
    #expect(RealMath.logarithm(-1).isNaN)
    #expect(RealMath.logarithm(.nan).isNaN)
    #expect(RealMath.logarithm(.infinity) == .infinity)
  }

  @Test("the exponential is within 4e-16 where its value is a normal number")
  func exponential() {
    expect(uniform(-708...709.7), within: 4e-16, RealMath.exponential, Foundation.exp)
    expect(uniform(-1...1), within: 4e-16, RealMath.exponential, Foundation.exp)
    expect(uniform(-1e-6...1e-6), within: 4e-16, RealMath.exponential, Foundation.exp)
    #expect(RealMath.exponential(0) == 1)
    #expect(RealMath.exponential(-745) == Foundation.exp(-745))
    #expect(RealMath.exponential(-.infinity) == 0)
    #expect(RealMath.exponential(709.8) == .infinity)
    #expect(RealMath.exponential(.nan).isNaN)
  }

  @Test("powers are the doubles nearest to the true values")
  func power() {
    // From 100-digit decimal arithmetic.
    let table: [(Double, Int, Double)] = [
      (0.9, 1, 0x1.ccccccccccccdp-1),
      (0.9, 10, 0x1.650bf60432fd9p-2),
      (0.999, 1, 0x1.ff7ced916872bp-1),
      (0.999, 1000, 0x1.788526411ed72p-2),
      (0.999, 100000, 0x1.940747bb85395p-145),
      (0.9999, 1000000, 0x1.a6a392e3503ecp-145),
      (0.95, 37, 0x1.32f9a95907c52p-3),
      (1.0000001, 10000000, 0x1.5bf0a790ce6f2p+1),
      (-0.5, 11, -0x1.0000000000000p-11),
      (0.1, 3, 0x1.0624dd2f1a9fdp-10),
    ]
    for (base, exponent, expected) in table {
      #expect(RealMath.power(base, exponent) == expected)
    }
    #expect(RealMath.power(0, 0) == 1)
    #expect(RealMath.power(0, 3) == 0)
    #expect(RealMath.power(-2, 3) == -8)
    #expect(RealMath.power(2, -3) == 0.125)
    #expect(RealMath.power(1e300, 2) == .infinity)
  }

  @Test("the bits are those of every machine")
  func bits() {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for x in uniform(-20...20, count: 10_000) {
      let values = [
        RealMath.sine(x), RealMath.cosine(x), RealMath.exponential(x),
        RealMath.logarithm(x.magnitude), RealMath.power(x, 5),
      ]
      for value in values { hash = (hash ^ value.bitPattern) &* 0x100_0000_01b3 }
    }
    #expect(hash == 0xD381_D708_6233_CB91)
  }
}
