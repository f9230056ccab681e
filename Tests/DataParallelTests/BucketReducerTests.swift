import DataParallel
import Testing

@Suite("The reducer of a bucket")
struct BucketReducerTests {
  /// Parameters with gaps between them: small ones, one of several blocks, empty ones.
  private static let shapes: [[Int]] = [
    [], [0], [1], [3, 0, 5], [BucketReducer.blockCount], [BucketReducer.blockCount + 1, 7],
    [100_003, 64, 64, 9 * 16_384, 1], Array(repeating: 640, count: 300),
  ]

  private static func ranges(_ counts: [Int]) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    var first = 0
    for count in counts {
      ranges.append(first..<first + count)
      first += (count + 31) / 32 * 32
    }
    return ranges
  }

  @Test(
    "any number of threads and parts gives the naive loop's bits", arguments: [1, 2, 3, 8],
    [1, 2, 4, 7])
  func threadsAndParts(threads: Int, partCount: Int) {
    for counts in Self.shapes {
      let ranges = Self.ranges(counts)
      let count = (ranges.last?.upperBound ?? 0) + 5
      var state: UInt64 = 88
      let parts = (0..<partCount).map { _ in
        (0..<count).map { _ in
          state = state &* 0x5851_F42D_4C95_7F2D &+ 0x1405_7B7E_F767_814F
          return Int64(bitPattern: state) >> Int64(4 + state >> 59)
        }
      }
      let inverses = ranges.indices.map { Float(sign: .plus, exponent: -$0 % 90, significand: 1) }
      let untouched = Float(-77)
      var expected = [Float](repeating: untouched, count: count)
      for (range, inverse) in zip(ranges, inverses) {
        for i in range { expected[i] = Float(parts.reduce(0) { $0 &+ $1[i] }) * inverse }
      }

      var gradient = [Float](repeating: untouched, count: count)
      let reducer = BucketReducer(ranges: ranges, workers: Workers(count: threads))
      let largest = withPointers(to: parts) {
        reducer.reduce($0, inverses: inverses, to: &gradient)
      }
      let right = zip(gradient, expected).allSatisfy { $0.bitPattern == $1.bitPattern }
      #expect(right, "parameters of \(counts.count) sizes, \(count) elements")
      #expect(largest == ranges.map { expected[$0].map(\.magnitude).max() ?? 0 })
    }
  }
}
