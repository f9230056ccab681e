import ComputeGraph
import Execution
import Kernels
import OpenCL
import TestSupport
import Testing

// Kernels for graphics processors, on every device: the bits of those for processors.
@Suite("Kernel variants")
struct KernelVariantTests {
  @Test(
    "kernels for graphics processors write the reference's bits, with any tiles",
    arguments: SelfTestCase.allCases,
    runsLongTests ? [TileChoice.large, .random(seed: 1)] : [.large])
  func reference(_ testCase: SelfTestCase, _ tiles: TileChoice) throws {
    for device in try testDevices() {
      let run = try SelfTestRun(
        testCase.networks, device: device.device, cache: CacheFolder().programs, tiles: tiles,
        kernels: .gpu)
      #expect(
        SelfTest.compare(run.hashes, testCase) == .passed, "\(device.testDescription), \(tiles)")
    }
  }

  @Test("each of them is the variant of a kernel for processors")
  func names() {
    let names = Set(KernelFamily.kernelNames)
    let variants = names.filter { $0.hasSuffix(KernelVariant.suffix) }
    #expect(!variants.isEmpty)
    for name in variants {
      let kernel = String(name.dropLast(KernelVariant.suffix.count))
      #expect(names.contains(kernel))
      #expect(KernelVariant.gpu.name(of: kernel) == name)
      #expect(KernelVariant.cpu.name(of: kernel) == kernel)
    }
    #expect(KernelVariant.gpu.name(of: "no such kernel") == nil)
  }

  @Test("the variant that is asked for runs: in groups where it is for graphics processors")
  func launches() throws {
    for device in try testDevices() {
      for (kernels, expected) in [(nil, device.device.kind == .gpu), (.cpu, false), (.gpu, true)]
        as [(KernelVariant?, Bool)]
      {
        let profile = LaunchProfile()
        let network = TestNetwork.perceptron
        let graph = try network.graph()
        var setting = RunSetting(network)
        setting.kernels = kernels
        setting.profile = profile
        _ = try device.record(
          graph, weights: graph.initialWeights(seed: 1),
          source: MemoryExamples(random: network.examples, for: graph, seed: 2), setting: setting)
        let names = Set(profile.entries.map(\.kernel))
        #expect(names.contains("linear_forward_gpu") == expected)
        #expect(names.contains("linear_forward") != expected)
      }
    }
  }

  @Test("what a group is given, it can hold: every tile, of any product, within small limits too")
  func tiles() throws {
    var small = GroupLimits.usual
    small.items = 64
    small.localByteCount = 16 << 10
    for limits in [GroupLimits.usual, small] {
      for kind in [
        .rows, .pixels, .matrix, .tokens, .winograd, .weight, .tapsAndChannels, .filters(taps: 9),
        .winogradFilters,
      ] as [Step.TileRequest.Kind] {
        for (rows, columns) in [(1, 1), (7, 33), (300, 64), (4096, 1000)] {
          let request = Step.TileRequest(kind, rows: rows, columns: columns)
          for units in [1, 16, 200] {
            let tile = TileChoice.standard.tile(
              request, waveRows: rows * 8, units: units, variant: .gpu, limits: limits)
            #expect(request.allows(tile, .gpu, limits: limits), "\(request) \(tile)")
          }
          let candidates = request.candidates(.gpu, waveRows: rows * 8, limits: limits)
          #expect(!candidates.isEmpty && Set(candidates).count == candidates.count)
          #expect(candidates.allSatisfy { request.allows($0, .gpu, limits: limits) })
          for tile in [
            Tile(rows: 4, vectors: 1, blockRows: 18, blockVectors: 1),
            Tile(rows: 0, vectors: 1), Tile(rows: 1, vectors: 1, blockRows: 256, blockVectors: 16),
            Tile(rows: 1, vectors: 1, blockRows: 1 << 40, blockVectors: 1),
          ] {
            #expect(!request.allows(tile, .gpu, limits: limits))
          }
        }
      }
    }
  }

  @Test("a large product is cut into large blocks, a small one into enough blocks for all units")
  func sizes() {
    func tile(_ rows: Int, _ columns: Int, units: Int) -> Tile {
      TileChoice.standard.tile(
        Step.TileRequest(.rows, rows: 1, columns: columns), waveRows: rows, units: units,
        variant: .gpu, limits: .usual)
    }
    let large = tile(1 << 16, 1024, units: 100)
    #expect((large.blockRows, large.blockVectors) == (128, 4))
    let small = tile(256, 512, units: 100)
    #expect((256 / small.blockRows) * (32 / small.blockVectors) >= 100)
    #expect(tile(1 << 16, 10, units: 16).blockVectors == 1)
  }
}
