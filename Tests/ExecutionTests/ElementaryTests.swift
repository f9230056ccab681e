import Execution
import Foundation
import Kernels
import OpenCL
import TestSupport
import Testing

// The functions of elementary.h: their errors, and their bits on every device.
@Suite("Elementary functions")
struct ElementaryTests {
  /// The errors that elementary.h states, in units in the last place: the worst of all floats.
  private static let exponentialError = 0.992
  private static let logarithmError = 0.827

  /// One of 4,099 bit patterns of all floats, and the edges.
  private static let samples: [Float] = {
    var samples = stride(from: UInt32(0), through: .max, by: 4099).map(Float.init(bitPattern:))
    for edge in [
      0, .leastNonzeroMagnitude, .leastNormalMagnitude, 1, .greatestFiniteMagnitude, .infinity,
      .nan,
      87, 87.33655, 88, 88.72283, 88.722839, 88.73, 89, 103, 103.97, 103.98, 104, 104.5, 0x1p-126,
      0x1.6a09e6p-1, 0x1.6a09e8p-1, 0x1p-25, 0x1.62e43p-1,
      // The worst of all floats: of exp, then of log.
      0x1.777e8p+2, 0x1.69e472p+0,
    ] as [Float] {
      for x in [edge, edge.nextUp, edge.nextDown] { samples += [x, -x] }
    }
    // Where training calls them: exp of 0 to -20, log of 1 to a few hundred classes.
    samples += randomValues(1 << 16, seed: 19, bound: 20)
    samples += randomValues(1 << 16, seed: 20, bound: 500)
    while samples.count % 16 != 0 { samples.append(0) }
    return samples
  }()

  @Test("exp is within the stated error, and has the same bits on every device")
  func exponential() throws {
    var first: [Float]?
    for device in try testDevices() {
      let results = try Self.run("exponential_all", on: Self.samples, device)
      let worst = Self.worstError(results) { Foundation.exp($0) }
      #expect(worst.error <= Self.exponentialError, "at \(worst.x)")
      if let first {
        expectSameBits(results, first, device.testDescription)
      } else {
        first = results
      }
    }
  }

  @Test("log is within the stated error, and has the same bits on every device")
  func logarithm() throws {
    var first: [Float]?
    for device in try testDevices() {
      let results = try Self.run("logarithm_all", on: Self.samples, device)
      let worst = Self.worstError(results) { Foundation.log($0) }
      #expect(worst.error <= Self.logarithmError, "at \(worst.x)")
      if let first {
        expectSameBits(results, first, device.testDescription)
      } else {
        first = results
      }
    }
  }

  @Test("exp of the edges", arguments: try testDevices())
  func exponentialEdges(_ device: TestDevice) throws {
    let inputs: [Float] = [0, -0.0, .infinity, -.infinity, .nan, 89, 1000, -105, -1000, 1e-30]
    let results = try Self.run(
      "exponential_all", on: inputs + Array(repeating: 0, count: 6), device)
    let expected: [Float] = [1, 1, .infinity, 0, .nan, .infinity, .infinity, 0, 0, 1]
    expectClose(Array(results.prefix(10)), expected.map(Double.init), relative: 0)
  }

  @Test("log of the edges", arguments: try testDevices())
  func logarithmEdges(_ device: TestDevice) throws {
    let inputs: [Float] = [0, -0.0, 1, .infinity, -.infinity, .nan, -1, -0x1p-149]
    let results = try Self.run(
      "logarithm_all", on: inputs + Array(repeating: 1, count: 8), device)
    let expected: [Float] = [-.infinity, -.infinity, 0, .infinity, .nan, .nan, .nan, .nan]
    expectClose(Array(results.prefix(8)), expected.map(Double.init), relative: 0)
  }

  @Test("divide is correctly rounded", arguments: try testDevices())
  func division(_ device: TestDevice) throws {
    let words = randomWords(1 << 21, seed: 21)
    var pairs: [Float] = []
    for i in stride(from: 0, to: words.count, by: 2) {
      // Quotients in the normal range, and none of its residuals below it.
      let a = Float(bitPattern: words[i] & 0x807f_ffff | (words[i] >> 3 & 63 + 96) << 23)
      let b = Float(bitPattern: words[i + 1] & 0x807f_ffff | (words[i + 1] >> 5 & 63 + 96) << 23)
      pairs += [a, b]
    }
    // What softmax divides: 1 by the sum of the weights of up to a thousand classes.
    for word in words[..<(1 << 18)] { pairs += [1, 1 + Float(word >> 8) * 0x1p-14] }
    let results = try Self.run("divide_all", on: pairs, device, resultCount: pairs.count / 2)
    let expected = stride(from: 0, to: pairs.count, by: 2).map { pairs[$0] / pairs[$0 + 1] }
    expectSameBits(results, expected)
  }

  /// One work-item per 16 numbers; per pair for division.
  private static let source = """

    kernel void exponential_all(global float* y, global const float* x) {
      vstore16(exponential(vload16(get_global_id(0), x)), get_global_id(0), y);
    }
    kernel void logarithm_all(global float* y, global const float* x) {
      for (size_t i = 16 * get_global_id(0); i < 16 * get_global_id(0) + 16; ++i) y[i] = logarithm(x[i]);
    }
    kernel void divide_all(global float* y, global const float* x) {
      const size_t i = get_global_id(0);
      y[i] = divide(x[2 * i], x[2 * i + 1]);
    }
    """

  private static func run(
    _ kernel: String, on inputs: [Float], _ device: TestDevice, resultCount: Int? = nil
  ) throws -> [Float] {
    let program = try Program(
      context: device.library.context, name: "elementary",
      source: KernelFamily.elementarySource + source, options: "-cl-std=CL1.2")
    return try Workplace(device).run(
      program.kernel(kernel), on: inputs, groups: resultCount ?? inputs.count / 16,
      resultCount: resultCount ?? inputs.count, as: Float.self)
  }

  /// The largest error in units in the last place of the true result, and where it is.
  private static func worstError(
    _ results: [Float], _ function: (Double) -> Double
  ) -> (error: Double, x: Float) {
    var worst = (error: 0.0, x: Float(0))
    for (x, actual) in zip(samples, results) {
      let exact = function(Double(x))
      let nearest = Float(exact)
      if actual == nearest || (actual.isNaN && exact.isNaN) { continue }
      // Beyond the largest float, one unit is the last step below infinity.
      let unit = Double(min(nearest.magnitude, .greatestFiniteMagnitude).ulp)
      let reachable =
        actual.isInfinite ? Double(Float.greatestFiniteMagnitude) + unit : Double(actual)
      let error = abs(reachable - exact) / unit
      if !(error <= worst.error) { worst = (error, x) }
    }
    return worst
  }
}
