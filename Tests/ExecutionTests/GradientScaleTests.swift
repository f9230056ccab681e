import Execution
import TestSupport
import Testing

@Suite("Gradient scale")
struct GradientScaleTests {
  /// Random magnitudes of every exponent, denormal numbers among them, and the edges.
  private static let magnitudes: [Float] =
    randomWords(20_000, seed: 18).map { Float(bitPattern: $0 & 0x7fff_ffff) }.filter(\.isFinite)
    + [0, .leastNonzeroMagnitude, .leastNormalMagnitude, 1, .greatestFiniteMagnitude]

  /// 2^43 / scale.
  private static func limit(_ scale: GradientScale) -> Double { 0x1p43 / Double(scale.factor) }

  @Test("a gradient 1024 times the largest fits, with at least 32 bits below the largest")
  func headroom() {
    for largest in Self.magnitudes where (0x1p-88...0x1p112).contains(largest) {
      let scale = GradientScale(largest: largest)
      #expect(Self.limit(scale) > 1024 * Double(largest), "\(largest)")
      #expect(Self.limit(scale) <= 2048 * Double(largest), "\(largest)")
      #expect(Double(largest) * Double(scale.factor) >= 0x1p32, "\(largest)")
    }
  }

  @Test("the exponent follows the largest gradient, one for one, down and up to its ends")
  func monotone() {
    for largest in Self.magnitudes where largest > 0 {
      let exponent = GradientScale(largest: largest).exponent
      #expect(exponent == min(max(32 - Int(largest.exponent), -80), 120), "\(largest)")
    }
    #expect(GradientScale(largest: 0).exponent == GradientScale(largest: 1).exponent)
  }

  @Test("factor, inverse and limit are powers of two and normal floats for every magnitude")
  func normal() {
    for scale in Self.magnitudes.map({ GradientScale(largest: $0) }) {
      #expect(scale.factor * scale.inverse == 1)
      #expect(scale.factor.isNormal && scale.inverse.isNormal)
      #expect(Float(Self.limit(scale)).isNormal)
    }
  }

  @Test("a sum comes back as the nearest float of what it stands for")
  func gradient() {
    let scale = GradientScale(largest: 3)
    for sum in [0, 1, -1, 1 << 24, 1 << 24 + 1, -(1 << 53) - 1, .max, .min] as [Int64] {
      #expect(scale.gradient(sum) == Float(sum) * scale.inverse)
      #expect(
        abs(Double(scale.gradient(sum)) - Double(sum) * Double(scale.inverse))
          <= abs(Double(sum)) * Double(scale.inverse) * 0x1p-24)
    }
  }
}
