/// Sums the parts of one bucket on several threads.
///
/// The bucket is cut into even blocks whatever its parameters: sixty small ones are one job, not sixty.
package struct BucketReducer: Sendable {
  /// Elements of one parameter in one block.
  private struct Segment {
    let parameter: Int
    let range: Range<Int>
  }

  private let parameterCount: Int
  private let segments: [Segment]
  /// Segments of each block.
  private let blocks: [Range<Int>]
  private let workers: Workers
  private let sum: ExactSum

  /// Elements of a block: long enough that taking one costs nothing, short enough to spread 65,536 of them.
  package static let blockCount = 1 << 14

  /// Cuts a bucket.
  ///
  /// - Parameters:
  ///   - ranges: The elements of each parameter; they do not overlap, gaps are left alone.
  ///   - workers: Threads to use.
  ///   - sum: The loop to use.
  package init(ranges: [Range<Int>], workers: Workers, sum: ExactSum = ExactSum()) {
    parameterCount = ranges.count
    self.workers = workers
    self.sum = sum
    var segments: [Segment] = []
    var blocks: [Range<Int>] = []
    var first = 0
    var room = Self.blockCount
    for (parameter, range) in ranges.enumerated() {
      var rest = range
      while !rest.isEmpty {
        let piece = rest.prefix(room)
        segments.append(Segment(parameter: parameter, range: piece.startIndex..<piece.endIndex))
        rest = piece.endIndex..<rest.endIndex
        room -= piece.count
        if room == 0 {
          blocks.append(first..<segments.count)
          (first, room) = (segments.count, Self.blockCount)
        }
      }
    }
    if first < segments.count { blocks.append(first..<segments.count) }
    self.segments = segments
    self.blocks = blocks
  }

  /// Writes the sums over the parts, each rounded once; blocks until all are written.
  ///
  /// - Parameters:
  ///   - parts: At least one; each holds the whole bucket.
  ///   - inverses: 2^-exponent of each parameter's scale.
  ///   - gradient: The bucket's reduced gradients; gaps are not written.
  /// - Returns: The largest magnitude of each parameter's reduced gradient.
  package func reduce(
    _ parts: [UnsafePointer<Int64>], inverses: [Float], to gradient: UnsafeMutablePointer<Float>
  ) -> [Float] {
    precondition(inverses.count == parameterCount)
    var found = [Float](repeating: 0, count: segments.count)
    parts.map(Optional.init).withUnsafeBufferPointer { parts in
      found.withUnsafeMutableBufferPointer { found in
        let job = Job(parts: parts, inverses: inverses, gradient: gradient, found: found)
        workers.run(blocks: blocks.count) { block in
          for segment in blocks[block] { run(segment, of: job) }
        }
      }
    }
    var largest = [Float](repeating: 0, count: parameterCount)
    for (segment, magnitude) in zip(segments, found) {
      largest[segment.parameter] = max(largest[segment.parameter], magnitude)
    }
    return largest
  }

  private func run(_ index: Int, of job: Job) {
    let segment = segments[index]
    job.found[index] = sum(
      job.parts, segment.range, inverse: job.inverses[segment.parameter], to: job.gradient)
  }
}

/// What the threads of one reduction share.
///
/// Sendable: parts are only read while it runs, and each segment, run once, writes elements and a magnitude of
/// its own.
private struct Job: @unchecked Sendable {
  let parts: UnsafeBufferPointer<UnsafePointer<Int64>?>
  let inverses: [Float]
  let gradient: UnsafeMutablePointer<Float>
  let found: UnsafeMutableBufferPointer<Float>
}
