import ComputeGraph
import Execution
import Foundation
import OpenCL
import TestSupport
import Testing

// Kernels that are compiled before they are needed.
@Suite("KernelCompiler")
struct KernelCompilerTests {
  @Test(
    "what is compiled ahead is all that a plan builds, and no more",
    arguments: try testDevices(), [TestNetwork.image, .perceptron, .residual])
  func plan(_ device: TestDevice, _ network: TestNetwork) throws {
    let graph = try network.graph()
    let plan = try Plan(graph)
    let library = KernelLibrary(
      context: device.library.context, cache: CacheFolder().programs)
    let builds = plan.builds(
      tiles: .standard, examples: network.wholeCapacity, grain: network.grain,
      units: device.device.computeUnitCount
    ).union(Optimizer.adamW().builds(graph, keepsAverages: true))
    let compiler = try KernelCompiler(library)
    for build in builds { try compiler.compile(build) }
    #expect(library.programCount == builds.count)

    var settings = CompiledPlan.Settings(
      capacity: network.wholeCapacity, grain: network.grain, optimizer: .adamW())
    settings.keepsAverages = true
    _ = try CompiledPlan(
      plan, layout: BucketLayout(plan), library: library,
      queue: CommandQueue(context: library.context), settings: settings)
    #expect(library.programCount == builds.count)
  }

  @Test("a self-test builds nothing that was not named before it", arguments: try testDevices())
  func selfTest(_ device: TestDevice) throws {
    let builds = SelfTest.builds(kernels: nil, on: device.device)
    let kernels = Set(SelfTestCase.allCases.flatMap(\.kernels))
    #expect(Set(builds.map(\.kernel)) == kernels)
    // None of them fails, or reads what is not there, with sizes of 1.
    let compiler = try KernelCompiler(device.library)
    for build in builds { try compiler.compile(build) }
  }

  @Test("builds cross to another process, and are remembered by device, driver and kernels")
  func record() throws {
    let device = try testDevices()[0].device
    let builds = SelfTest.builds(kernels: ["linear_forward"], on: device).sorted()
    #expect(!builds.isEmpty)
    let copy = try JSONDecoder().decode([KernelBuild].self, from: JSONEncoder().encode(builds))
    #expect(copy == builds)
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "chorus-builds-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let cache = CacheFolder(environment: ["CHORUS_CACHE": folder.path])
    let record = KernelBuildRecord(builds, on: device, in: cache)
    #expect(!record.exists)
    record.note()
    #expect(record.exists)
    #expect(KernelBuildRecord(builds.reversed(), on: device, in: cache).exists)
    #expect(!KernelBuildRecord(Array(builds.dropLast()), on: device, in: cache).exists)
  }
}
