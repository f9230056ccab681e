/// The number of work-items in one to three dimensions.
public struct WorkSize: Sendable, Equatable, CustomStringConvertible {
  // Three integers in a row, as OpenCL reads them: a launch allocates nothing.
  private let sizes: (Int, Int, Int)

  /// The number of dimensions, 1 to 3.
  public let rank: Int

  /// One dimension.
  public init(_ x: Int) {
    sizes = (x, 1, 1)
    rank = 1
  }

  /// Two dimensions; the first varies fastest.
  public init(_ x: Int, _ y: Int) {
    sizes = (x, y, 1)
    rank = 2
  }

  /// Three dimensions; the first varies fastest.
  public init(_ x: Int, _ y: Int, _ z: Int) {
    sizes = (x, y, z)
    rank = 3
  }

  /// The size of dimension 0.
  public var x: Int { sizes.0 }

  /// The size of dimension 1; 1 if there is none.
  public var y: Int { sizes.1 }

  /// The size of dimension 2; 1 if there is none.
  public var z: Int { sizes.2 }

  /// The number of work-items.
  public var count: Int { x * y * z }

  /// Whether both have the same rank and sizes.
  public static func == (left: WorkSize, right: WorkSize) -> Bool {
    left.rank == right.rank && left.sizes == right.sizes
  }

  /// The sizes, such as `256` or `64 x 8`.
  public var description: String {
    switch rank {
    case 1: "\(x)"
    case 2: "\(x) x \(y)"
    default: "\(x) x \(y) x \(z)"
    }
  }

  /// Calls `body` with three integers, of which the first `rank` count.
  @inline(__always)
  func withPointer<Result>(_ body: (UnsafePointer<Int>) -> Result) -> Result {
    withUnsafePointer(to: sizes) {
      body(UnsafeRawPointer($0).assumingMemoryBound(to: Int.self))
    }
  }
}
