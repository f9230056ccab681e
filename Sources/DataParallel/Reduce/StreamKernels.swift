import CReduce

/// McCalpin's STREAM on the reducer's threads: what the machine's memory gives.
///
/// Sendable: blocks are disjoint, and one kernel runs at a time.
struct StreamKernels: @unchecked Sendable {
  /// The four kernels, in STREAM's order.
  enum Kernel: String, CaseIterable {
    case copy, scale, add, triad

    /// Bytes that the kernel names per element: STREAM counts no read of a line that is then overwritten.
    var bytesPerElement: Int { self == .copy || self == .scale ? 16 : 24 }
  }

  private static let factor = 3.0
  private let a: UnsafeMutablePointer<Double>
  private let b: UnsafeMutablePointer<Double>
  private let c: UnsafeMutablePointer<Double>
  private let count: Int
  private let workers: Workers

  /// Three arrays of `count`, which the caller frees with `deallocate`.
  init(count: Int, workers: Workers) {
    self.count = count
    self.workers = workers
    (a, b, c) = (
      .allocate(capacity: count), .allocate(capacity: count), .allocate(capacity: count)
    )
    let arrays = self
    workers.run(count: count) { range in
      (arrays.a + range.lowerBound).initialize(repeating: 1, count: range.count)
      (arrays.b + range.lowerBound).initialize(repeating: 2, count: range.count)
      (arrays.c + range.lowerBound).initialize(repeating: 0, count: range.count)
    }
  }

  func deallocate() { for array in [a, b, c] { array.deallocate() } }

  /// Runs a kernel over the whole arrays; in STREAM's order they give `areRight`, as often as they run.
  func run(_ kernel: Kernel) {
    workers.run(count: count) { range in
      let (a, b, c) = (a + range.lowerBound, b + range.lowerBound, c + range.lowerBound)
      switch kernel {
      case .copy: chorus_stream_copy(a, c, range.count)
      case .scale: chorus_stream_scale(c, Self.factor, b, range.count)
      case .add: chorus_stream_add(a, b, c, range.count)
      // STREAM writes a; here it stays 1, so that rounds can be repeated without end.
      case .triad: chorus_stream_triad(a, b, Self.factor, c, range.count)
      }
    }
  }

  /// Whether the arrays hold what the four kernels, run in order, leave in them.
  var areRight: Bool {
    (0..<count).allSatisfy { a[$0] == 1 && b[$0] == Self.factor && c[$0] == 10 }
  }
}
