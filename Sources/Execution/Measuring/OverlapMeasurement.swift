import OpenCL

/// Whether two commands on two queues of one device run at the same time, as training hopes for.
///
/// The share that is hidden is (first alone + second alone - both together) ÷ the shorter of the two: 1 where the
/// shorter one costs nothing beside the longer, 0 where the device does one after the other, less where they
/// hinder each other.
final class OverlapMeasurement: DeviceMeasurement {
  /// What runs at the same time.
  enum Pair: String, CaseIterable {
    case kernelAndUpload = "a kernel hides an upload"
    case kernelAndDownload = "a kernel hides a download"
    case uploadAndDownload = "an upload hides a download"
  }

  let kind = DeviceFigure.Kind.overlap
  let unit = "share"
  var name: String { pair.rawValue }

  private let pair: Pair
  private let first: any OverlappingWork, second: any OverlappingWork
  private var times: [(first: Double, second: Double, together: Double)] = []

  /// Makes both commands, of about the same length, and checks what they give at the same time.
  init(_ pair: Pair, byteCount: Int, context: Context) throws {
    self.pair = pair
    switch pair {
    case .kernelAndUpload:
      second = try OverlappingCopy(.upload, byteCount: byteCount, context: context)
    case .kernelAndDownload, .uploadAndDownload:
      second = try OverlappingCopy(.download, byteCount: byteCount, context: context)
    }
    let length = try second.lengthen(to: 0.02)
    switch pair {
    case .kernelAndUpload, .kernelAndDownload: first = try BusyKernel(context: context)
    case .uploadAndDownload:
      first = try OverlappingCopy(.upload, byteCount: byteCount, context: context)
    }
    _ = try first.lengthen(to: length)
    _ = try together()
    for work in [first, second] {
      if let fault = try work.fault() {
        throw WrongResult(name: "\(name), \(work.word)", detail: fault)
      }
    }
  }

  var seconds: [String: Double]? {
    [
      first.word: times.map(\.first).median, second.word: times.map(\.second).median,
      "together": times.map(\.together).median,
    ]
  }

  /// The hidden share.
  func sample() throws -> Double {
    let one = try first.alone()
    let other = try second.alone()
    let both = try together()
    times.append((one, other, both))
    return (one + other - both) / min(one, other)
  }

  private func together() throws -> Double {
    try elapsedSeconds {
      try first.begin()
      try second.begin()
      try first.finish()
      try second.finish()
    }
  }
}

/// Work on a queue of its own, whose length can be chosen and whose result can be checked.
protocol OverlappingWork: AnyObject {
  var word: String { get }
  /// Makes the work take about so many seconds, and returns how many.
  func lengthen(to seconds: Double) throws -> Double
  /// Enqueues it and hands it to the device.
  func begin() throws
  /// Waits for it.
  func finish() throws
  /// What is wrong with its last result.
  func fault() throws -> String?
}

extension OverlappingWork {
  /// Seconds of the work while nothing else runs.
  func alone() throws -> Double {
    try elapsedSeconds {
      try begin()
      try finish()
    }
  }
}

/// Copies one way, as often as it takes.
private final class OverlappingCopy: OverlappingWork {
  var word: String { direction.rawValue }
  private let direction: TransferMeasurement.Direction
  private let queue: CommandQueue
  private let buffer: Buffer, host: StagingBuffer
  private var repeats = 1

  init(
    _ direction: TransferMeasurement.Direction, byteCount: Int, context: Context
  ) throws {
    self.direction = direction
    queue = try CommandQueue(context: context)
    buffer = try Buffer(context: context, byteCount: byteCount)
    host = try StagingBuffer(context: context, queue: queue, byteCount: byteCount)
    host.fillWithPattern()
    try queue.upload(host, to: buffer, byteCount: byteCount).wait()
    if direction == .download { host.clear() }
  }

  func lengthen(to seconds: Double) throws -> Double {
    let once = min(try alone(), try alone())
    repeats = min(max(1, Int((seconds / max(once, 1e-9)).rounded())), 1000)
    return try alone()
  }

  func begin() throws {
    for _ in 0..<repeats { _ = try queue.copy(direction, host, buffer) }
    try queue.flush()
  }

  func finish() throws { try queue.finish() }

  func fault() throws -> String? {
    if direction == .upload {
      host.clear()
      try queue.download(buffer, to: host, byteCount: host.byteCount).wait()
    }
    return host.firstDifferenceFromPattern().map { "word \($0) is another one" }
  }
}

/// A kernel that computes in registers on all compute units.
private final class BusyKernel: OverlappingWork {
  let word = "kernel"
  private let queue: CommandQueue
  private let kernel: Kernel
  private let output: Buffer
  private let count: Int
  private var rounds = 10_000

  init(context: Context) throws {
    queue = try CommandQueue(context: context)
    kernel = try .measuring("peak_busy", context)
    count = context.device.computeUnitCount * 1024
    output = try Buffer(context: context, byteCount: count * 4)
    try kernel.setArgument(0, output)
    try kernel.setArgument(2, UInt32(count))
    try kernel.setArgument(1, UInt32(rounds))
    _ = try alone()
  }

  func lengthen(to seconds: Double) throws -> Double {
    // Twice, since a short launch says little about a long one.
    for _ in 0..<2 {
      let once = max(min(try alone(), try alone()), 1e-9)
      rounds = Int(min(max(100, Double(rounds) * seconds / once), 1e9))
      try kernel.setArgument(1, UInt32(rounds))
    }
    return try alone()
  }

  func begin() throws {
    try queue.enqueue(kernel, global: WorkSize(count))
    try queue.flush()
  }

  func finish() throws { try queue.finish() }

  func fault() throws -> String? {
    let copy = try StagingBuffer(context: queue.context, queue: queue, byteCount: count * 4)
    try queue.download(output, to: copy, byteCount: count * 4).wait()
    return withExtendedLifetime(copy) {
      for item in [0, count / 3, count - 1] {
        var state = UInt32(item)
        for _ in 0..<rounds { state = state &* 1_664_525 &+ 1_013_904_223 }
        let value = copy.bind(to: UInt32.self)[item]
        guard value == state else { return "item \(item) is \(value), but \(state) is right" }
      }
      return nil
    }
  }
}
