import ComputeGraph
import TestSupport
import Testing

// What roots.h and philox.h promise to the bit.
@Suite("Division and random words")
struct DivisionTests {
  /// 16 dividends, 16 divisors, and so on, and their quotients as the processor rounds them.
  private static let pairs: (pairs: [Float], quotients: [Float]) = {
    let words = randomWords(1 << 21, seed: 21)
    var (dividends, divisors): ([Float], [Float]) = ([], [])
    for i in stride(from: 0, to: words.count, by: 2) {
      // Quotients in the normal range, and none of its residuals below it.
      dividends.append(
        Float(bitPattern: words[i] & 0x807f_ffff | (words[i] >> 3 & 63 + 96) << 23))
      divisors.append(
        Float(bitPattern: words[i + 1] & 0x807f_ffff | (words[i + 1] >> 5 & 63 + 96) << 23))
    }
    // What softmax divides: 1 by the sum of the weights of up to a thousand classes.
    for word in words[..<(1 << 18)] {
      dividends.append(1)
      divisors.append(1 + Float(word >> 8) * 0x1p-14)
    }
    return (interleaved(dividends, divisors), zip(dividends, divisors).map { $0 / $1 })
  }()

  private static func interleaved(_ dividends: [Float], _ divisors: [Float]) -> [Float] {
    stride(from: 0, to: dividends.count, by: 16).flatMap {
      dividends[$0..<$0 + 16] + divisors[$0..<$0 + 16]
    }
  }

  @Test(
    "division is correctly rounded, of one number and of 16", arguments: try testDevices(),
    ["divide", "divide16"])
  func rounding(_ device: TestDevice, function: String) throws {
    expectSameBits(
      try ElementaryProgram(device).divide(function, Self.pairs.pairs), Self.pairs.quotients)
  }

  @Test(
    "16 quotients at once are right at zero, infinity, NaN and overflow",
    arguments: try testDevices())
  func edges(_ device: TestDevice) throws {
    let infinity = Float.infinity
    let dividends: [Float] = [
      1, -1, 0, -0.0, infinity, 1, -infinity, .nan, 1, infinity, 3e38, -3e38, 0, 0x1p-149, 6,
      0x1p-140,
    ]
    let divisors: [Float] = [
      0, 0, 0, 5, infinity, -infinity, 2, 1, .nan, 0, 1e-10, 1e-10, infinity, 1, 0x1p-126, 0x1p-149,
    ]
    let results = try ElementaryProgram(device).divide(
      "divide16", Self.interleaved(dividends, divisors))
    let expected = zip(dividends, divisors).map { $0 / $1 }
    expectSameBits(
      results.map { $0.isNaN ? .nan : $0 }, expected.map { $0.isNaN ? .nan : $0 })
  }

  @Test(
    "random words are Philox's known answers, and those of the host", arguments: try testDevices())
  func philox(_ device: TestDevice) throws {
    // Random123's `kat_vectors`: counter 0, 1, 2, seed low, seed high, counter 3.
    var counters: [UInt32] = [
      0, 0, 0, 0, 0, 0,
      .max, .max, .max, .max, .max, .max,
      0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0xA409_3822, 0x299F_31D0, 0x0370_7344,
    ]
    counters += randomWords(6 * 1000, seed: 32)
    let words = try ElementaryProgram(device).philox(counters)
    #expect([words[0], words[16], words[32]] == [0x6627_E8D5, 0x408F_276D, 0xD16C_FE09])
    let expected = stride(from: 0, to: counters.count, by: 6).flatMap { i in
      let c = counters[i..<i + 6].map { $0 }
      let philox = Philox(seed: UInt64(c[4]) << 32 | UInt64(c[3]))
      return (0..<16).map { philox.block(SIMD4(c[0] &+ $0, c[1], c[2], c[5]))[0] }
    }
    expectSame(words, expected)
  }
}
