import ComputeGraph
import Execution
import OpenCL
import Testing

@Suite struct SelfTestTests {
  @Test("every device writes the reference's bits, launch by launch")
  func reference() throws {
    for entry in try DeviceInventory().entries {
      let hashes = try SelfTest.hashes(on: entry.device, cache: nil)
      if SelfTest.compare(hashes) != .passed {
        // What to put into SelfTest+Reference.swift when the numeric contract has changed on purpose.
        for (step, hash) in hashes { print("    (\"\(step)\", \"\(hash)\"),") }
      }
      #expect(SelfTest.compare(hashes) == .passed, "\(entry.device)")
    }
  }

  @Test("a device whose bits differ is told by the first kernel that differs")
  func difference() {
    var hashes = SelfTest.reference
    let wrong = hashes.count / 2
    hashes[wrong].hash = "0"
    let kernel = hashes[wrong].step.prefix { $0 != " " }
    #expect(SelfTest.compare(hashes) == .differs(kernel: String(kernel)))
    hashes[wrong].hash = SelfTest.reference[wrong].hash
    hashes.removeLast()
    #expect(SelfTest.compare(hashes) != .passed)
  }
}
