import Execution
import OpenCL
import TestSupport
import Testing

/// What `chorus bench device` measures with, on every device.
@Suite("Device benchmark", .serialized)
struct DeviceBenchmarkTests {
  private static func settings(_ sizes: [Int]) -> DeviceBenchmark.Settings {
    var settings = DeviceBenchmark.Settings()
    settings.productSizes = sizes
    settings.transferByteCounts = [4096, 1 << 20]
    settings.overlapByteCount = 1 << 20
    settings.rounds = 3
    return settings
  }

  @Test("every figure is there, within its spread", arguments: try testDevices())
  func figures(_ device: TestDevice) throws {
    let benchmark = try DeviceBenchmark(device.device, Self.settings([33, 80]))
    let figures = try benchmark.measure()
    let names = Set(figures.map(\.name))
    #expect(names.count == figures.count)
    #expect(
      names.isSuperset(of: [
        "multiply-adds in registers", "triad in memory", "product, n = 33", "product, n = 80",
        "launch, one of many in a queue", "launch, and wait for it", "upload, pinned, 4 KiB",
        "download, pageable, 1 MiB", "a kernel hides an upload", "an upload hides a download",
      ]))
    for figure in figures {
      #expect(figure.minimum <= figure.median && figure.median <= figure.maximum, "\(figure)")
      #expect(figure.kind == .overlap || figure.minimum > 0, "\(figure)")
      #expect((figure.shareOfPeak != nil) == (figure.kind == .product), "\(figure)")
      // Alone and together are two times at least, and three values are kept for each overlap.
      #expect((figure.seconds?.count == 3) == (figure.kind == .overlap), "\(figure)")
    }
    let peak = try #require(figures.first { $0.name == "multiply-adds in registers" }?.maximum)
    let product = try #require(figures.first { $0.name == "product, n = 80" })
    #expect(abs(try #require(product.shareOfPeak) - product.median / peak) < 1e-12)
    #expect(benchmark.skipped.isEmpty)
  }

  @Test("a product that would take too long is left out, with a sentence that says so")
  func tooLong() throws {
    let device = try #require(try testDevices().first)
    var settings = Self.settings([40, 4000])
    settings.longestProductSeconds = 1e-9
    settings.transferByteCounts = []
    let benchmark = try DeviceBenchmark(device.device, settings)
    #expect(benchmark.skipped.count == 1)
    #expect(benchmark.skipped.first?.hasPrefix("product, n = 4000: it would take about") == true)
    settings.productSizes = [1 << 20]
    let tooLarge = try DeviceBenchmark(device.device, settings)
    #expect(tooLarge.skipped == ["product, n = 1048576: the device's memory is too small"])
  }
}
