/// Parameters grouped into buckets: the unit in which gradients leave a device.
///
/// Buckets hold parameters in the order in which backward completes them, so that the first bucket travels
/// while backward still runs. The same on every replica.
public struct BucketLayout: Sendable, Hashable {
  /// One bucket: its parameters and its size.
  public struct Bucket: Sendable, Hashable {
    /// In the order of completion; the bucket is ready when the last one is complete.
    public internal(set) var parameters: [ParameterID] = []
    /// Elements, gaps included: each parameter begins at a multiple of `alignment` elements.
    public internal(set) var count = 0

    /// Bytes of its gradient sums, and behind them of its parameters' magnitudes.
    public var byteCount: Int {
      count * MemoryLayout<Int64>.stride + parameters.count * BucketLayout.magnitudeStride
    }

    /// The bits of the largest gradient that did not fit its scale; 0 if all did.
    ///
    /// - Parameters:
    ///   - position: Which of the bucket's parameters.
    ///   - memory: The bucket: `[count]` sums, then a magnitude for each parameter.
    /// - Returns: Bits of a float; as integers they order as magnitudes do.
    public func magnitude(at position: Int, in memory: UnsafeRawPointer) -> Int32 {
      let first = count * MemoryLayout<Int64>.stride
      return memory.load(
        fromByteOffset: first + position * BucketLayout.magnitudeStride, as: Int32.self)
    }
  }

  /// Bytes after a bucket's sums that hold one parameter's largest magnitude.
  public static let magnitudeStride = MemoryPlan.alignment

  /// When a bucket was closed.
  public let sizes: BucketSizes
  /// Buckets in the order in which they become ready.
  public private(set) var buckets: [Bucket] = []
  /// Bucket of each parameter, by id.
  public private(set) var bucketIndices: [Int]
  /// First element of each parameter in its bucket, by id.
  public private(set) var offsets: [Int]
  /// Elements of each parameter, by id.
  public let counts: [Int]

  /// Parameters begin at multiples of this many elements, so that each can be a region of its own.
  public static let alignment = MemoryPlan.alignment / 4

  /// Groups the parameters of a plan.
  ///
  /// - Parameters:
  ///   - plan: Gives the parameters and the order in which they complete.
  ///   - sizes: When a bucket is closed.
  public init(_ plan: Plan, sizes: BucketSizes = .standard) {
    self.sizes = sizes
    counts = plan.graph.parameters.map(\.shape.count)
    bucketIndices = Array(repeating: 0, count: counts.count)
    offsets = bucketIndices
    var current = Bucket()
    for id in plan.completionOrder {
      bucketIndices[id] = buckets.count
      offsets[id] = current.count
      current.parameters.append(id)
      current.count += (counts[id] + Self.alignment - 1) / Self.alignment * Self.alignment
      if current.count >= (buckets.isEmpty ? sizes.first : sizes.others) {
        buckets.append(current)
        current = Bucket()
      }
    }
    if !current.parameters.isEmpty { buckets.append(current) }
  }

  /// The elements of a parameter within its bucket.
  public func range(of id: ParameterID) -> Range<Int> {
    offsets[id]..<offsets[id] + counts[id]
  }
}
