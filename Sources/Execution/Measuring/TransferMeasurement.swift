import OpenCL

/// Copies between host and device, on a queue where nothing else runs.
final class TransferMeasurement: DeviceMeasurement {
  /// Which way.
  enum Direction: String, CaseIterable {
    /// From the host to the device.
    case upload
    /// From the device to the host.
    case download
  }

  /// What the memory of the host is.
  enum Memory: String, CaseIterable {
    /// What training copies from and to: allocated and mapped by the driver, which so can have it pinned.
    case pinned
    /// What a program allocates for itself.
    case pageable
  }

  let kind = DeviceFigure.Kind.transfer
  let name: String
  /// Small copies are a matter of time, large ones of bandwidth.
  let unit: String

  private let direction: Direction
  private let queue: CommandQueue
  private let buffer: Buffer
  private let host: StagingBuffer
  private let repeats: Int

  /// Copies a pattern up and down and compares it, then finds how often to copy for a sample of 10 ms.
  init(_ direction: Direction, _ memory: Memory, byteCount: Int, context: Context) throws {
    self.direction = direction
    name = "\(direction), \(memory), \(byteCount.inBinaryUnits)"
    unit = byteCount < 1 << 16 ? "us" : "GB/s"
    queue = try CommandQueue(context: context)
    buffer = try Buffer(context: context, byteCount: byteCount)
    host =
      switch memory {
      case .pinned: try StagingBuffer(context: context, queue: queue, byteCount: byteCount)
      case .pageable: StagingBuffer(pageable: byteCount)
      }
    host.fillWithPattern()
    try queue.upload(host, to: buffer, byteCount: byteCount).wait()
    host.clear()
    try queue.download(buffer, to: host, byteCount: byteCount).wait()
    if let index = host.firstDifferenceFromPattern() {
      throw WrongResult(name: name, detail: "word \(index) of \(byteCount / 4) is another one")
    }
    let (queue, buffer, host) = (queue, buffer, host)
    let once = try elapsedSeconds { () throws(OpenCLError) in
      try queue.copy(direction, host, buffer).wait()
    }
    repeats = min(max(1, Int(0.01 / max(once, 1e-9))), 1000)
  }

  func sample() throws -> Double {
    let total = try elapsedSeconds { () throws(OpenCLError) in
      for _ in 0..<repeats { try queue.copy(direction, host, buffer).wait() }
    }
    let one = total / Double(repeats)
    return unit == "us" ? one * 1e6 : Double(host.byteCount) * 1e-9 / one
  }
}

/// Mapping device memory into the host's, where both are the same: what an upload or a download costs there.
final class MappingMeasurement: DeviceMeasurement {
  let kind = DeviceFigure.Kind.transfer
  let unit = "us"
  let name: String

  private static let mappings = 100
  private let queue: CommandQueue
  private let buffer: Buffer

  /// Fills a buffer and reads it through a mapping.
  init(byteCount: Int, context: Context) throws {
    name = "map for reading, \(byteCount.inBinaryUnits)"
    queue = try CommandQueue(context: context)
    buffer = try Buffer(context: context, byteCount: byteCount, hostAccessible: true)
    try queue.fill(buffer, with: UInt32(0x5eed)).wait()
    let mapping = try queue.map(buffer, for: .read)
    try mapping.event.wait()
    let words = UnsafeRawBufferPointer(start: mapping.pointer, count: byteCount)
    let isRight = words.bindMemory(to: UInt32.self).allSatisfy { $0 == 0x5eed }
    try queue.unmap(mapping).wait()
    guard isRight else {
      throw WrongResult(name: name, detail: "the mapping does not show what was filled in")
    }
  }

  /// Microseconds of a mapping and its end.
  func sample() throws -> Double {
    let total = try elapsedSeconds { () throws(OpenCLError) in
      for _ in 0..<Self.mappings {
        let mapping = try queue.map(buffer, for: .read)
        try mapping.event.wait()
        try queue.unmap(mapping).wait()
      }
    }
    return total * 1e6 / Double(Self.mappings)
  }
}

extension CommandQueue {
  /// Copies all of a buffer.
  func copy(
    _ direction: TransferMeasurement.Direction, _ host: StagingBuffer, _ buffer: Buffer
  ) throws(OpenCLError) -> Event {
    switch direction {
    case .upload: try upload(host, to: buffer, byteCount: host.byteCount)
    case .download: try download(buffer, to: host, byteCount: host.byteCount)
    }
  }
}

extension StagingBuffer {
  /// Writes words that differ from their neighbours.
  func fillWithPattern() {
    let words = bind(to: UInt32.self)
    for index in words.indices { words[index] = Self.word(index) }
  }

  func clear() { bind(to: UInt32.self).update(repeating: 0) }

  /// The first word that is not the pattern's.
  func firstDifferenceFromPattern() -> Int? {
    let words = bind(to: UInt32.self)
    return words.indices.first { words[$0] != Self.word($0) }
  }

  private static func word(_ index: Int) -> UInt32 {
    UInt32(truncatingIfNeeded: index) &* 2_654_435_761 &+ 1
  }
}

extension Int {
  /// `4 KiB` or `64 MiB`; bytes where neither divides.
  fileprivate var inBinaryUnits: String {
    if self % (1 << 20) == 0 { return "\(self >> 20) MiB" }
    return self % 1024 == 0 ? "\(self >> 10) KiB" : "\(self) B"
  }
}
