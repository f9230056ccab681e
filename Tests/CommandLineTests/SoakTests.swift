import Foundation
import TestSupport
import Testing

/// Two minutes of `chorus bench soak`; benchmarks/README.md has a longer one.
@Suite struct SoakTests {
  @Test("devices fail at random for two minutes: the weights stay equal, and memory does not grow")
  func soak() throws {
    let scratch = try Scratch()
    let devices = try testDevices().count > 1 ? "0,0,1" : "0,0,0"
    let run = try Program(
      "bench", "soak", "--minutes", "2", "--devices", devices, "--out", scratch.file("soak.json"))
    #expect(run.status == 0, "\(run.errors)")
    let data = try Data(contentsOf: URL(fileURLWithPath: scratch.file("soak.json")))
    let report = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let result = try #require((report["results"] as? [[String: Any]])?.first)
    // It was a test of something: devices were lost and came back, and weights were compared.
    #expect((result["lost"] as? Int ?? 0) > 10)
    #expect((result["joined"] as? Int ?? 0) > 5)
    #expect((result["comparisons"] as? Int ?? 0) > 5)
  }
}
