import DataParallel
import Testing

@Suite("The exact sum")
struct ExactSumTests {
  /// Integers at which rounding to a float, or twice through a double, goes wrong first.
  private static let edges: [Int64] = {
    var edges: [Int64] = [0, .max, .min, .min + 1, .max - 1]
    for exponent in 0..<63 {
      let power = Int64(1) << exponent
      for offset in [-2, -1, 0, 1, 2] as [Int64] { edges.append(power &+ offset) }
      guard exponent >= 24 else { continue }
      // Half way between two floats, and one beside: below an even and below an odd one.
      let half = power >> 24
      for odd in [half, 3 &* half] {
        for offset in [-1, 0, 1] as [Int64] { edges.append(power &+ odd &+ offset) }
      }
    }
    return edges + edges.map { 0 &- $0 }
  }()

  @Test(
    "every instruction set gives the bits of the naive loop", arguments: Array(1...10) + [16, 17])
  func instructionSets(partCount: Int) {
    var generator = SystemRandomNumberGenerator()
    let sums =
      Self.edges
      + (0..<4000).map { _ in
        Int64(bitPattern: generator.next()) >> Int64.random(in: 0..<64)
      }
    // Random parts that wrap around to the wanted sums.
    var parts = (1..<partCount).map { _ in sums.map { _ in Int64(bitPattern: generator.next()) } }
    parts.append(
      sums.indices.map { i in parts.reduce(sums[i]) { $0 &- $1[i] } })
    for inverse in [1, 0x1p-40, 0x1p80, 0x1p-120] as [Float] {
      let expected = sums.map { Float($0) * inverse }
      for instructions in ExactSum.Instructions.available {
        for range in [0..<sums.count, 0..<0, 3..<4, 5..<1030, 7..<4200, 1..<sums.count - 1] {
          check(ExactSum(instructions), parts, range, inverse, expected)
        }
      }
    }
  }

  @Test("a thousand parts add up")
  func manyParts() {
    let parts = (0..<1024).map { k in (0..<1500).map { i in Int64(i - 700) << (k % 40) } }
    let expected = (0..<1500).map { i in Float(parts.reduce(0) { $0 &+ $1[i] }) * 0x1p-9 }
    for instructions in ExactSum.Instructions.available {
      check(ExactSum(instructions), parts, 0..<1500, 0x1p-9, expected)
    }
  }

  private func check(
    _ sum: ExactSum, _ parts: [[Int64]], _ range: Range<Int>, _ inverse: Float, _ expected: [Float],
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let untouched = Float(-77)
    var gradient = [Float](repeating: untouched, count: expected.count)
    let largest = withPointers(to: parts) { parts in
      parts.map(Optional.init).withUnsafeBufferPointer {
        sum($0, range, inverse: inverse, to: &gradient)
      }
    }
    let right = gradient.indices.allSatisfy { i in
      gradient[i].bitPattern == (range.contains(i) ? expected[i] : untouched).bitPattern
    }
    #expect(right, "\(sum), \(parts.count) parts, \(range)", sourceLocation: sourceLocation)
    #expect(
      largest == expected[range].map(\.magnitude).max() ?? 0, sourceLocation: sourceLocation)
  }
}

/// Pointers to all arrays at once.
func withPointers<Result>(
  to arrays: [[Int64]], _ body: ([UnsafePointer<Int64>]) -> Result
) -> Result {
  let pointers = arrays.map { array in
    let pointer = UnsafeMutablePointer<Int64>.allocate(capacity: array.count)
    pointer.initialize(from: array, count: array.count)
    return pointer
  }
  defer { for pointer in pointers { pointer.deallocate() } }
  return body(pointers.map { UnsafePointer($0) })
}
