import ComputeGraph
import Execution
import OpenCL

/// Launches kernels on the only device there is, for a simulator that watches every memory access.
///
///     oclgrind --data-races OclgrindProbe transformer
@main
struct OclgrindProbe {
  static func main() throws {
    let devices = try Platform.all().flatMap { try $0.devices() }
    guard let device = devices.first, devices.count == 1, device.platformName == "Oclgrind" else {
      throw Failure(description: "expected Oclgrind alone, but found \(devices)")
    }
    let name = CommandLine.arguments.dropFirst().first ?? ""
    if let testCase = SelfTestCase(rawValue: name) {
      try Networks.run(testCase, on: device)
    } else if let fault = Fault(rawValue: name) {
      try fault.run(on: device)
    } else if name == "widths" {
      try Networks.runWidths(on: device)
    } else {
      let names =
        SelfTestCase.allCases.map(\.rawValue) + ["widths"] + Fault.allCases.map(\.rawValue)
      throw Failure(description: "usage: OclgrindProbe " + names.joined(separator: " | "))
    }
  }
}

/// Why the probe could not do its work.
struct Failure: Error, CustomStringConvertible {
  let description: String
}
