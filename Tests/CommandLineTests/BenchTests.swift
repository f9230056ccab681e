import Foundation
import Testing

/// `chorus bench train`.
@Suite struct BenchTests {
  @Test("a profile names every launch of a step, with what it did and how near it came to its limit")
  func profile() throws {
    let scratch = try Scratch()
    let run = try Program(
      "bench", "train", "mlp", "--profile", "--devices", "0", "--seconds", "0.2", "--out",
      scratch.file("profile.json"))
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output.contains("linear_backward_weight, linear1.weight"), "\(run.output)")
    let report = try #require(
      JSONSerialization.jsonObject(
        with: Data(contentsOf: URL(fileURLWithPath: scratch.file("profile.json"))))
        as? [String: Any])
    let result = try #require((report["results"] as? [[String: Any]])?.first)
    let launches = try #require(result["launches"] as? [[String: Any]])
    let peak = try #require(result["peakGigaflopsPerSecond"] as? Double)
    #expect(peak > 0)
    // 784 x 512 weights for 256 examples, once a step: an fma is two operations.
    let first = try #require(
      launches.first {
        $0["kernel"] as? String == "linear_backward_weight"
          && $0["operand"] as? String == "linear1.weight"
      })
    let gigaflops = try #require(first["gigaflopsPerSecond"] as? Double)
    let milliseconds = try #require(first["millisecondsPerStep"] as? Double)
    let calls = try #require(first["callsPerStep"] as? Double)
    let operations = 2.0 * 784 * 512 * 256
    #expect(abs(gigaflops * 1e6 * milliseconds - operations * calls) < 1e-6 * operations)
    let shares = launches.compactMap { $0["share"] as? Double }
    #expect(shares.count == launches.count && abs(shares.reduce(0, +) - 1) < 1e-9)
  }
}
