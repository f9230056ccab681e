import ComputeGraph
import Testing

/// One line of Random123's `kat_vectors` for philox4x32-10.
private struct KnownAnswer: Sendable, CustomTestStringConvertible {
  let seed: UInt64
  let counter: SIMD4<UInt32>
  let block: SIMD4<UInt32>

  var testDescription: String { "seed \(String(seed, radix: 16))" }

  static let all = [
    KnownAnswer(
      seed: 0, counter: .zero,
      block: SIMD4(0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8)),
    KnownAnswer(
      seed: .max, counter: SIMD4(repeating: .max),
      block: SIMD4(0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD)),
    KnownAnswer(
      // The key words are a4093822 and 299f31d0: the first is the low half of the seed.
      seed: 0x299F_31D0_A409_3822,
      counter: SIMD4(0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344),
      block: SIMD4(0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1)),
  ]
}

@Suite("Philox")
struct PhiloxTests {
  @Test("a block is the published known answer", arguments: KnownAnswer.all)
  private func knownAnswer(_ answer: KnownAnswer) {
    #expect(Philox(seed: answer.seed).block(answer.counter) == answer.block)
  }

  @Test("a unit float covers [0, 1) in steps of 2^-24")
  func unitFloat() {
    #expect(Philox.unitFloat(0) == 0)
    #expect(Philox.unitFloat(0xFF) == 0)
    #expect(Philox.unitFloat(0x100) == 0x1p-24)
    #expect(Philox.unitFloat(0x8000_0000) == 0.5)
    #expect(Philox.unitFloat(.max) == 1 - 0x1p-24)
  }
}
