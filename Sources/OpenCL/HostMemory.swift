/// Memory of the host at a multiple of a page's size, as devices want it that read it in place; it begins as zeros.
///
/// Sendable: the fields never change. Who may touch the memory when is the caller's order of events, as with any raw
/// pointer.
public final class HostMemory: @unchecked Sendable {
  /// Bytes of a page.
  public static let page = 1 << 12

  /// The memory; valid while this object lives.
  public let pointer: UnsafeMutableRawPointer
  /// The size.
  public let byteCount: Int

  /// Allocates `byteCount` bytes.
  public init(byteCount: Int) {
    self.byteCount = byteCount
    pointer = .allocate(byteCount: max(byteCount, 1), alignment: Self.page)
    pointer.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
  }

  deinit { pointer.deallocate() }
}
