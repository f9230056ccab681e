import ComputeGraph
import Testing

@Suite("Normal values")
struct NormalValuesTests {
  @Test("mean, variance, skewness and kurtosis are those of the normal distribution")
  func moments() {
    let count = 400_000
    let values = NormalValues(seed: 11, id: 3, stream: 1).values(count: count, deviation: 1)
    var sums = SIMD4<Double>()
    for value in values.map(Double.init) {
      let square = value * value
      sums += SIMD4(value, square, square * value, square * square)
    }
    let mean = sums / Double(count)
    // Standard errors: 1, √2, √15 and √96 over √count = 632; five of them.
    #expect(mean[0].magnitude < 0.008)
    #expect((mean[1] - 1).magnitude < 0.012)
    #expect(mean[2].magnitude < 0.031)
    #expect((mean[3] - 3).magnitude < 0.078)
    let within = values.count { $0.magnitude < 1 }
    #expect((Double(within) / Double(count) - 0.682_689).magnitude < 0.004)
    #expect(values.allSatisfy { $0.magnitude < 6.77 })
  }

  @Test("an element depends on its index alone, and scales with the deviation")
  func prefix() {
    let normal = NormalValues(seed: 5, id: 2, stream: 1)
    let long = normal.values(count: 103, deviation: 1)
    #expect(normal.values(count: 10, deviation: 1) == Array(long.prefix(10)))
    #expect(normal.values(count: 103, deviation: 0.5) == long.map { $0 * 0.5 })
    #expect(NormalValues(seed: 5, id: 3, stream: 1).values(count: 103, deviation: 1) != long)
    #expect(NormalValues(seed: 6, id: 2, stream: 1).values(count: 103, deviation: 1) != long)
    #expect(NormalValues(seed: 5, id: 2, stream: 2).values(count: 103, deviation: 1) != long)
  }

  @Test("the least and the largest words give finite numbers")
  func extremes() {
    let low = NormalValues.normal(SIMD4(repeating: 0))
    #expect(low[0] > 6.76 && low[0] < 6.77 && low[1] == 0)
    let high = NormalValues.normal(SIMD4(repeating: .max))
    #expect(high[0] > 0 && high[0] < 2e-5)
  }

  @Test("the bits are those of every machine")
  func bits() {
    let values = NormalValues(seed: 1, id: 0, stream: 1).values(count: 4, deviation: 1)
    #expect(values.map(\.bitPattern) == [0x3FD9_5C56, 0x3FC5_2C66, 0x3FC4_EFEB, 0x3EC9_EB2C])
  }
}
