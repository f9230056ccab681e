import Glibc

extension CommandQueue {
  /// Asks Linux for large pages behind a buffer of a CPU device, whose memory is the host's; before its first use.
  ///
  /// Strided reads otherwise miss the processor's table of pages, which is dear on a virtual machine: GPT trained 8 and
  /// 23 % faster with them in two pairs of runs, other networks about as before (PoCL 3.1, two cores of Zen 4). Advice only: where nothing comes of it, nothing is lost.
  public func preferLargePages(_ buffer: Buffer) throws(OpenCLError) {
    guard context.device.kind == .cpu, buffer.byteCount >= 2 * largePage else { return }
    let mapping = try map(buffer, for: .write)
    try mapping.event.wait()
    let first = Int(bitPattern: mapping.pointer)
    let begin = (first + largePage - 1) / largePage * largePage
    let end = (first + buffer.byteCount) / largePage * largePage
    if let pointer = UnsafeMutableRawPointer(bitPattern: begin), end > begin {
      _ = madvise(pointer, end - begin, MADV_HUGEPAGE)
    }
    try unmap(mapping).wait()
  }
}

/// What x86-64 and most of ARM call a large page, in bytes.
private let largePage = 2 << 20
