import ComputeGraph
import Execution
import OpenCL

/// Launches kernels on the only device there is, for a simulator that watches every memory access.
///
///     oclgrind --data-races OclgrindProbe transformer
///     oclgrind --data-races OclgrindProbe transformer gpu
@main
struct OclgrindProbe {
  static func main() throws {
    let devices = try Platform.all().flatMap { try $0.devices() }
    guard let device = devices.first, devices.count == 1, device.platformName == "Oclgrind" else {
      throw Failure(description: "expected Oclgrind alone, but found \(devices)")
    }
    let name = CommandLine.arguments.dropFirst().first ?? ""
    let variant =
      CommandLine.arguments.dropFirst(2).first.flatMap(KernelVariant.init(rawValue:)) ?? .cpu
    if let testCase = SelfTestCase(rawValue: name) {
      try Networks.run(testCase, on: device, variant)
    } else if let fault = Fault(rawValue: name) {
      try fault.run(on: device)
    } else if name == "widths" {
      try Networks.runWidths(on: device, variant)
    } else {
      let names =
        SelfTestCase.allCases.map(\.rawValue) + ["widths"] + Fault.allCases.map(\.rawValue)
      throw Failure(
        description: "usage: OclgrindProbe " + names.joined(separator: " | ") + " [gpu]")
    }
  }
}

/// Why the probe could not do its work.
struct Failure: Error, CustomStringConvertible {
  let description: String
}
