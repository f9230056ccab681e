public import OpenCL

/// Measures what a device can do: products, launches, transfers, and what overlaps.
///
/// Not Sendable: use it from one thread, which it blocks.
public final class DeviceBenchmark {
  /// What to measure.
  public struct Settings: Sendable {
    /// Sizes of matrix products.
    public var productSizes = [256, 512, 1024, 2048, 4096]
    /// Bytes of a copy.
    public var transferByteCounts = [4 << 10, 1 << 20, 64 << 20]
    /// Bytes of a copy that a kernel is to hide.
    public var overlapByteCount = 16 << 20
    /// How often everything is timed.
    public var rounds = 7
    /// A product that takes longer, as the one before it lets expect, is left out.
    public var longestProductSeconds = 5.0

    /// The defaults.
    public init() {}
  }

  /// What was left out, and why; in sentences.
  public private(set) var skipped: [String] = []
  private let device: Device
  private let settings: Settings
  private var measurements: [any DeviceMeasurement] = []

  /// Allocates what is measured and compares the result of each with the host.
  ///
  /// - Parameters:
  ///   - device: The device.
  ///   - settings: What to measure.
  ///   - cache: Keeps the programs of products on disk.
  /// - Throws: `WrongResult`, or the OpenCL call that failed; then nothing has been timed.
  public init(
    _ device: Device, _ settings: Settings = Settings(), cache: ProgramCache? = nil
  ) throws {
    self.device = device
    self.settings = settings
    let context = try Context(device: device)
    try addProducts(context, cache)
    for way in LaunchMeasurement.Way.allCases {
      measurements.append(try LaunchMeasurement(way, context: context))
    }
    try addTransfers(context)
    let overlapped = min(settings.overlapByteCount, device.maxAllocationByteCount / 4)
    for pair in OverlapMeasurement.Pair.allCases {
      measurements.append(
        try OverlapMeasurement(pair, byteCount: overlapped / 4 * 4, context: context))
    }
  }

  /// Times everything, each in turn, once a round.
  ///
  /// - Returns: The peaks, then a figure for each measurement.
  /// - Throws: The OpenCL call that failed.
  public func measure() throws -> [DeviceFigure] {
    var samples = measurements.map { _ in [Double]() }
    var peaks: [DevicePeak] = []
    // Once without a time: caches fill, clocks rise.
    for measurement in measurements { _ = try measurement.sample() }
    for _ in 0..<settings.rounds {
      peaks.append(try DevicePeak(of: device, runs: 2))
      for (index, measurement) in measurements.enumerated() {
        samples[index].append(try measurement.sample())
      }
    }
    let operations = peaks.map { $0.operationsPerSecond * 1e-9 }
    let bandwidths = peaks.map { $0.bytesPerSecond * 1e-9 }
    return [
      DeviceFigure(.peak, "multiply-adds in registers", unit: "GFLOP/s", operations),
      DeviceFigure(.peak, "triad in memory", unit: "GB/s", bandwidths),
    ]
      + zip(measurements, samples).map { measurement, samples in
        DeviceFigure(
          measurement.kind, measurement.name, unit: measurement.unit, samples,
          peak: measurement.kind == .product ? operations.max() : nil,
          seconds: measurement.seconds)
      }
  }

  private func addProducts(_ context: Context, _ cache: ProgramCache?) throws {
    var last: (size: Int, seconds: Double)?
    for size in settings.productSizes.sorted() {
      let byteCount = ProductMeasurement.byteCount(size: size)
      guard byteCount <= device.globalMemoryByteCount / 2,
        byteCount / 2 <= device.maxAllocationByteCount
      else {
        skipped.append("product, n = \(size): the device's memory is too small")
        continue
      }
      if let last {
        let ratio = Double(size) / Double(last.size)
        let expected = last.seconds * ratio * ratio * ratio
        guard expected <= settings.longestProductSeconds else {
          skipped.append("product, n = \(size): it would take about \(Int(expected)) s")
          continue
        }
      }
      let measurement = try ProductMeasurement(size: size, context: context, cache: cache)
      last = (size, measurement.expectedSeconds)
      measurements.append(measurement)
    }
  }

  private func addTransfers(_ context: Context) throws {
    for byteCount in settings.transferByteCounts {
      guard byteCount <= device.maxAllocationByteCount else {
        skipped.append("transfers of \(byteCount) bytes: the device allocates no more at once")
        continue
      }
      for memory in TransferMeasurement.Memory.allCases {
        for direction in TransferMeasurement.Direction.allCases {
          measurements.append(
            try TransferMeasurement(direction, memory, byteCount: byteCount, context: context))
        }
      }
      if device.hasUnifiedMemory {
        measurements.append(try MappingMeasurement(byteCount: byteCount, context: context))
      }
    }
  }
}
