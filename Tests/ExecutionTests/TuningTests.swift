import ComputeGraph
import Execution
import Foundation
import OpenCL
import TestSupport
import Testing

// Tables of tiles, and the tuner that makes them. That they change no weights: DataParallelTests.
@Suite("Tuning")
struct TuningTests {
  private func table(seed: UInt64 = 1) throws -> TileTable {
    TileTable(
      random: try Plan(TestNetwork.image.graph()), examples: 8, grain: 4, seed: seed)
  }

  @Test("a table is the same after it has been written and read; later choices are added to it")
  func roundTrip() throws {
    let device = try testDevices()[0].device
    let cache = TuningCache(folder: try temporaryFolder())
    defer { try? FileManager.default.removeItem(at: cache.folder) }
    #expect(cache.table(for: device) == nil)
    let first = try table()
    try cache.add(first, for: device)
    #expect(cache.table(for: device) == first)
    let plan = try Plan(TestNetwork.perceptron.graph())
    let second = TileTable(random: plan, examples: 270, grain: 270, seed: 2)
    try cache.add(second, for: device)
    #expect(cache.table(for: device)?.entries.count == first.entries.count + second.entries.count)
  }

  @Test("a file that is damaged, of another device or of other kernels is no table")
  func damaged() throws {
    let devices = try testDevices().map(\.device)
    let cache = TuningCache(folder: try temporaryFolder())
    defer { try? FileManager.default.removeItem(at: cache.folder) }
    try cache.add(try table(), for: devices[0])
    let file = cache.file(for: devices[0])
    let text = try String(contentsOf: file, encoding: .utf8)
    let damages = [
      "", "{}", "[]", String(text.dropLast(text.count / 2)), "\u{0}" + text,
      text.replacing(KernelVersion.digest, with: "0123456789abcdef"),
      text.replacing("\"driver\" : \"", with: "\"driver\" : \"another "),
    ]
    for damage in damages {
      try Data(damage.utf8).write(to: file)
      #expect(cache.table(for: devices[0]) == nil, "\(damage.prefix(40))")
    }
    // It is written anew, and is not that of another device.
    try cache.add(try table(), for: devices[0])
    #expect(cache.table(for: devices[0]) == (try table()))
    for other in devices.dropFirst() { #expect(cache.table(for: other) == nil) }
  }

  @Test("a key depends on kernel, options, shapes, grain and wave, and not on names or tensors")
  func keys() throws {
    let step = Step(
      "linear_forward", [.output(1), .input(2), .weight(0), .examples(), .int(5), .int(7)],
      options: [Step.Option("BIAS", 1), Step.Option("A", 2)], workItems: [.of(.fixed(1))],
      tile: Step.TileRequest(.rows, rows: 1, columns: 7))
    let key = TileKey(step, examples: 8, grain: 4)
    var twin = step
    twin.arguments[0] = .output(9)
    twin.options.reverse()
    #expect(TileKey(twin, examples: 8, grain: 4) == key)
    #expect(TileKey(step, examples: 12, grain: 4) != key)
    var other = step
    other.arguments[5] = .int(8)
    #expect(TileKey(other, examples: 8, grain: 4) != key)
    other = step
    other.options = [Step.Option("BIAS", 0)]
    #expect(TileKey(other, examples: 8, grain: 4) != key)
    other = step
    other.tile = nil
    #expect(TileKey(other, examples: 8, grain: 4) == nil)
  }

  @Test("every candidate is allowed, the standard one's like too, and what a file could say is not")
  func candidates() throws {
    for network in TestNetwork.all {
      let plan = try Plan(network.graph())
      for step in plan.forward + plan.backward {
        guard let request = step.tile else { continue }
        let tiles = request.candidates(waveRows: request.rows * 8)
        #expect(!tiles.isEmpty && Set(tiles).count == tiles.count)
        #expect(tiles.allSatisfy(request.allows), "\(step.kernel)")
        for tile in [
          Tile(rows: 0, vectors: 1), Tile(rows: 4, vectors: 0), Tile(rows: -3, vectors: 2),
          Tile(rows: 4, vectors: 1, taps: 0), Tile(rows: 4, vectors: 1, taps: 99),
          Tile(rows: 4, vectors: 1, blockRows: 10, blockVectors: 1),
          Tile(rows: 1 << 40, vectors: 1 << 40),
        ] {
          #expect(!request.allows(tile), "\(step.kernel) \(tile)")
        }
      }
    }
  }

  @Test(
    "tuned tiles, and random ones, change no bit of losses and sums", arguments: try testDevices(),
    [(TestNetwork.image, KernelVariant.cpu), (.transformer, .cpu)]
      + (runsLongTests ? [(.transformer, .gpu)] : []))
  func bits(_ device: TestDevice, _ choice: (network: TestNetwork, variant: KernelVariant)) throws {
    let (network, variant) = choice
    let graph = try network.graph()
    let source = MemoryExamples(random: network.examples, for: graph, seed: 31)
    let weights = graph.initialWeights(seed: 32)
    let setting = RunSetting(network)
    let expected = try device.record(graph, weights: weights, source: source, setting: setting)

    var count = 0
    let tuner = try Tuner(
      Plan(graph), examples: setting.capacity, grain: setting.grain, device: device.device,
      kernels: variant)
    let tuned = try tuner.run(budget: 3) { outcome in
      count += 1
      #expect(outcome.refused.isEmpty, "\(outcome.key)")
      #expect(outcome.choice.seconds <= outcome.choice.standardSeconds)
    }
    #expect(count > 3 && !tuned.entries.isEmpty)
    let tables =
      [tuned]
      + (1...2).map {
        TileTable(
          random: expected.plan, examples: setting.capacity, grain: setting.grain, seed: $0,
          variant: variant)
      }
    for table in tables {
      var other = setting
      other.tiles = .tuned(table)
      other.kernels = variant
      let recording = try device.record(graph, weights: weights, source: source, setting: other)
      expectSameBits(recording.losses, expected.losses, "losses")
      for id in graph.parameters.indices {
        expectSame(recording.sums[id], expected.sums[id], "sums of \(graph.parameters[id].name)")
      }
      #expect(recording.magnitudes == expected.magnitudes)
    }
  }

  private func temporaryFolder() throws -> URL {
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("chorus-tuning-tests-" + UUID().uuidString)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    return url
  }
}
