import ComputeGraph
import Execution
import OpenCL

/// Launches kernels on the only device there is, for a simulator that watches every memory access.
///
///     oclgrind --data-races OclgrindProbe networks
@main
struct OclgrindProbe {
  static func main() throws {
    let devices = try Platform.all().flatMap { try $0.devices() }
    guard let device = devices.first, devices.count == 1, device.platformName == "Oclgrind" else {
      throw Failure(description: "expected Oclgrind alone, but found \(devices)")
    }
    let arguments = CommandLine.arguments.dropFirst()
    switch arguments.first {
    case "networks":
      for tiles in [TileChoice.standard, .random(seed: 1), .random(seed: 2)] {
        try Networks.run(on: device, tiles: tiles)
      }
      try Networks.runWidths(on: device)
    case "self-test":
      let verdict = SelfTest.compare(try SelfTest.hashes(on: device, cache: nil))
      guard verdict == .passed else { throw Failure(description: verdict.summary) }
    case let name?:
      guard let fault = Fault(rawValue: name) else { fallthrough }
      try fault.run(on: device)
    default:
      throw Failure(
        description: "usage: OclgrindProbe networks | self-test | "
          + Fault.allCases.map(\.rawValue).joined(separator: " | "))
    }
  }
}

/// Why the probe could not do its work.
struct Failure: Error, CustomStringConvertible {
  let description: String
}
