package import Execution
import Foundation
package import OpenCL
import Testing

/// A device under test; its kernels are built once for all tests of the process.
package struct TestDevice: Sendable, CustomTestStringConvertible {
  /// The device.
  package let device: Device
  /// Its kernels, in a context that the tests share.
  package let library: KernelLibrary

  package var testDescription: String { device.platformName }
}

/// Why the tests cannot run: it must fail them, never skip them.
package struct MissingRuntime: Error, CustomStringConvertible {
  /// What is missing, and what to do.
  package let description: String
}

/// Every OpenCL device of this host, in the loader's order.
///
/// - Throws: `MissingRuntime` where there is none; with CHORUS_REQUIRE_RUNTIMES=1, where PoCL or a second
///   vendor is missing.
package func testDevices() throws -> [TestDevice] {
  let devices = try found.get()
  let names = Set(devices.map(\.device.platformName))
  let advice = "run `scripts/setup test`, and the tests under `scripts/with-runtimes`"
  guard !devices.isEmpty else {
    throw MissingRuntime(description: "no OpenCL device was found; \(advice)")
  }
  guard ProcessInfo.processInfo.environment["CHORUS_REQUIRE_RUNTIMES"] == "1" else {
    return devices
  }
  guard names.contains("Portable Computing Language"), names.count > 1 else {
    throw MissingRuntime(
      description: "PoCL and a second vendor are required, but only \(names.sorted()) was found; "
        + advice)
  }
  return devices
}

private let found = Result { () throws -> [TestDevice] in
  try Platform.all().flatMap { try $0.devices() }.map { device in
    TestDevice(
      device: device,
      library: KernelLibrary(context: try Context(device: device), cache: CacheFolder().programs))
  }
}
