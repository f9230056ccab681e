import ComputeGraph
import Execution
import Kernels
import OpenCL
import TestSupport
import Testing

@Suite("Self-test")
struct SelfTestTests {
  @Test(
    "every device writes the reference's bits, launch by launch", arguments: SelfTestCase.allCases)
  func reference(_ testCase: SelfTestCase) throws {
    for device in try testDevices() {
      let run = try SelfTestRun(
        testCase.networks, device: device.device, cache: CacheFolder().programs)
      let verdict = SelfTest.compare(run.hashes, testCase)
      #expect(verdict == .passed, "\(device.testDescription)")
      #expect(run.degenerate.isEmpty, "\(device.testDescription)")
      guard verdict != .passed else { continue }
      // What to put into SelfTest+Reference.swift when the numeric contract has changed on purpose.
      let lines = run.hashes.map {
        "reference \(testCase.rawValue): (\"\($0.step)\", \"\($0.hash)\"),"
      }
      print(lines.joined(separator: "\n"))
    }
  }

  @Test("the cases together run every kernel")
  func complete() {
    let covered = SelfTestCase.allCases.reduce(into: Set()) { $0.formUnion($1.kernels) }
    // A case runs the variants of its kernels where the device is to run them.
    let variants = Set(covered.compactMap(KernelVariant.gpu.name))
    #expect(Set(KernelFamily.kernelNames) == covered.union(variants))
    #expect(covered.isSubset(of: KernelFamily.kernelNames))
  }

  @Test(
    "the cases for some kernels run them all, and no others where those suffice",
    arguments: SelfTestCase.allCases)
  func covering(_ testCase: SelfTestCase) {
    let chosen = SelfTestCase.covering(testCase.kernels)
    let covered = chosen.reduce(into: Set()) { $0.formUnion($1.kernels) }
    #expect(covered.isSuperset(of: testCase.kernels))
    #expect(chosen == [testCase])
    #expect(SelfTestCase.covering([]).isEmpty)
    #expect(SelfTestCase.covering(nil) == SelfTestCase.allCases)
  }

  @Test(
    "a device whose bits differ is told by the first kernel that differs",
    arguments: SelfTestCase.allCases)
  func difference(_ testCase: SelfTestCase) throws {
    var hashes = testCase.reference
    #expect(SelfTest.compare(hashes, testCase) == .passed)
    try #require(!hashes.isEmpty)
    let wrong = hashes.count / 2
    hashes[wrong].hash = "0"
    let kernel = hashes[wrong].step.prefix { $0 != " " }
    #expect(SelfTest.compare(hashes, testCase) == .differs(kernel: String(kernel)))
    hashes[wrong].hash = testCase.reference[wrong].hash
    hashes.removeLast()
    #expect(SelfTest.compare(hashes, testCase) != .passed)
  }
}
