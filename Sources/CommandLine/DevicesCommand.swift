import ArgumentParser
import Chorus
import Foundation

/// `chorus devices`.
struct Devices: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lists every OpenCL device and whether it computes the right bits.",
    discussion: """
      The index is what `chorus train --devices` takes. The self-test runs every kernel on fixed inputs and \
      compares the bits with the reference; the verdict is cached per device, driver and kernel version in \
      $CHORUS_CACHE (default ~/.cache/chorus). A device that fails it is refused for training.

      Drivers are those that OCL_ICD_VENDORS or OCL_ICD_FILENAMES names; without them, those that are registered in \
      /etc/OpenCL/vendors and those of known vendors that lie in the usual folders.
      """)

  @Flag(help: "Print one JSON object instead of a table.")
  var json = false

  @Flag(help: "Also print where drivers were looked for, what was found, and what is missing.")
  var drivers = false

  func run() throws {
    let inventory = try Host.inventory()
    let search = DriverSearch()
    let test = SelfTest(cache: CacheFolder())
    let rows = inventory.entries.map { entry in
      DeviceDescription(entry.device, index: entry.index, selfTest: test.verdict(on: entry.device))
    }
    if json {
      try Console.print(JSON.object(Output(devices: rows, drivers: search.report())))
      return
    }
    guard !rows.isEmpty else {
      throw CommandFailure.failed(
        (["no OpenCL device was found."] + search.report() + [Self.cpuAdvice]).joined(
          separator: "\n"))
    }
    rows.forEach { Console.print($0.text) }
    if drivers {
      search.report().forEach { Console.print($0) }
    } else {
      for failure in search.broken() {
        Console.note("The driver \(failure.library) \(failure.state.text)")
      }
    }
  }

  /// What `--json` prints.
  private struct Output: Encodable {
    let devices: [DeviceDescription]
    /// Where drivers were looked for and what came of it, in sentences.
    let drivers: [String]
  }

  /// What works on every host.
  private static let cpuAdvice =
    "PoCL makes a device of any CPU: apt install pocl-opencl-icd, or the package `pocl` elsewhere."
}

/// What users see of the host.
enum Host {
  /// The inventory, or a plain sentence about a missing loader.
  static func inventory() throws -> DeviceInventory {
    do {
      return try DeviceInventory()
    } catch {
      throw CommandFailure.failed("\(error)")
    }
  }
}

/// One device as `chorus devices` prints it.
struct DeviceDescription: Codable {
  let index: Int
  let platform: String
  let name: String
  let vendor: String
  let kind: String
  let version: String
  let driver: String
  let computeUnits: Int
  let clockMegahertz: Int
  let globalMemoryBytes: Int
  let localMemoryBytes: Int
  let fp16: Bool
  let fp64: Bool
  let subGroups: Bool
  let partitions: Int
  let unifiedMemory: Bool
  /// The verdict; nil where none was asked for.
  let selfTest: String?

  init(_ device: Device, index: Int, selfTest: SelfTest.Verdict?) {
    self.index = index
    platform = device.platformName
    name = device.name
    vendor = device.vendor
    kind = device.kind.rawValue
    version = device.version
    driver = device.driverVersion
    computeUnits = device.computeUnitCount
    clockMegahertz = device.clockMegahertz
    globalMemoryBytes = device.globalMemoryByteCount
    localMemoryBytes = device.localMemoryByteCount
    fp16 = device.hasHalf
    fp64 = device.hasDouble
    subGroups = device.hasSubGroups
    partitions = device.canPartitionEqually ? device.maxSubDeviceCount : 1
    unifiedMemory = device.hasUnifiedMemory
    self.selfTest = selfTest?.summary
  }

  /// Four lines for a person.
  var text: String {
    let abilities = [
      ("fp16", fp16), ("fp64", fp64), ("sub-groups", subGroups), ("unified memory", unifiedMemory),
      ("splits into \(partitions)", partitions > 1),
    ].filter(\.1).map(\.0).joined(separator: ", ")
    let gibibytes = String(format: "%.1f", Double(globalMemoryBytes) / 0x1p30)
    let clock = clockMegahertz > 0 ? " at \(clockMegahertz) MHz" : ""
    return """
      \(index)  \(name) (\(kind), \(vendor))
         \(platform), \(version), driver \(driver)
         \(computeUnits) compute units\(clock), \(gibibytes) GiB; \(abilities.isEmpty ? "no extras" : abilities)
         self-test: \(selfTest ?? "not run")
      """
  }
}
