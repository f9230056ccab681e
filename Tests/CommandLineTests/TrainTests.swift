import Foundation
import TestSupport
import Testing

@Suite struct TrainTests {
  private func result(_ arguments: String...) throws -> [String: Any] {
    let scratch = try Scratch()
    let run = try Program(
      list: ["train", "--json", "--out", scratch.file("run")] + arguments)
    #expect(run.status == 0, "\(run.errors)")
    return try #require(run.events.last)
  }

  @Test("--json prints objects alone, one per step, and the hash of the saved weights")
  func json() throws {
    let scratch = try Scratch()
    let run = try Program(
      "train", "--model", "mlp", "--steps", "3", "--json", "--out", scratch.file("run"))
    #expect(run.status == 0, "\(run.errors)")
    let events = try run.events
    #expect(events.map { $0["event"] as? String } == ["start", "step", "step", "step", "result"])
    let summary = try Data(contentsOf: URL(fileURLWithPath: scratch.file("run/summary.json")))
    let fields = try #require(JSONSerialization.jsonObject(with: summary) as? [String: Any])
    let hash = try #require(events.last?["weights_sha256"] as? String)
    #expect(hash.count == 64)
    #expect(fields["weights_sha256"] as? String == hash)
    #expect((fields["lossCurve"] as? [Double])?.count == 3)
    for key in ["configuration", "versions", "devices", "timings", "heldOut"] {
      #expect(fields[key] != nil, "\(key)")
    }
  }

  @Test("the hash is the same on halves, twice on one device, and with unequal shares")
  func placements() throws {
    _ = try testDevices()
    let alone = try result("--model", "mlp", "--steps", "4", "--devices", "0")
    let expected = try #require(alone["weights_sha256"] as? String)
    for placement in [["0,0"], ["0/2"], ["every"], ["0/2", "--split", "1:7"]] {
      let scratch = try Scratch()
      let run = try Program(
        list: ["train", "--json", "--model", "mlp", "--steps", "4", "--out", scratch.file("run")]
          + ["--devices"] + placement)
      #expect(try run.events.last?["weights_sha256"] as? String == expected, "\(placement)")
    }
  }

  @Test("--prove repeats the first steps on one device and shows the same hash")
  func prove() throws {
    let scratch = try Scratch()
    let run = try Program(
      "train", "--model", "mlp", "--steps", "5", "--prove", "3", "--out", scratch.file("run"))
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output.contains("the same bits"))
    #expect(run.output.contains("weights sha256: "))
    #expect(run.output.contains("Try next"))
  }

  @Test("chorus devices lists every device with its verdict, as text and as JSON")
  func devices() throws {
    let count = try testDevices().count
    let text = try Program("devices")
    #expect(text.status == 0, "\(text.errors)")
    #expect(text.output.components(separatedBy: "self-test: passed").count == count + 1)
    let json = try Program("devices", "--json")
    let devices = try #require(json.events.first?["devices"] as? [[String: Any]])
    #expect(devices.map { $0["index"] as? Int } == Array(0..<count))
    for device in devices {
      for key in ["fp16", "fp64", "subGroups", "partitions", "unifiedMemory", "driver"] {
        #expect(device[key] != nil, "\(key)")
      }
    }
  }

  @Test(
    "--help and --version explain themselves and exit with 0",
    arguments: [
      (["--help"], "USAGE"), (["train", "--help"], "0/2"), (["devices", "--help"], "self-test"),
      (["bench", "--help"], "median"), (["--version"], "0."),
    ])
  func help(_ arguments: [String], _ text: String) throws {
    let run = try Program(list: arguments)
    #expect(run.status == 0)
    #expect(run.output.contains(text))
  }

  private static let digits = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../../shared/data/mnist").standardizedFileURL.path

  @Test(
    "MNIST's t10k pair trains and gives the same hash on one device and on two",
    .enabled(
      if: FileManager.default.fileExists(atPath: digits), "not run: no ../shared/data/mnist"))
  func mnist() throws {
    let one = try result("--data", Self.digits, "--steps", "3", "--devices", "0")
    let two = try result("--data", Self.digits, "--steps", "3", "--devices", "0,0")
    #expect(one["weights_sha256"] as? String == two["weights_sha256"] as? String)
  }
}
