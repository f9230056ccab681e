/// What a host's hardware lacks to be used through OpenCL.
enum DriverAdvice {
  /// One sentence for each fault that shows; empty where none does.
  static func sentences(_ search: DriverSearch, _ host: DriverHost) -> [String] {
    gpus(search, host) + access(host)
  }

  /// A GPU's kernel driver, and the OpenCL driver that goes with it.
  private struct Hardware {
    let name: String
    /// PCI's number of the vendor, as Linux writes it.
    let pciVendor: String
    /// What lies there when the kernel drives the hardware.
    let signs: [String]
    let drivers: [KnownDriver]
  }

  private static let hardware = [
    Hardware(
      name: "NVIDIA", pciVendor: "0x10de",
      signs: ["/proc/driver/nvidia/version", "/dev/nvidiactl", "/sys/module/nvidia"],
      drivers: [.nvidia, .rusticl]),
    Hardware(
      name: "AMD", pciVendor: "0x1002", signs: ["/sys/module/amdgpu", "/dev/kfd"],
      drivers: [.amd, .rusticl]),
    Hardware(
      name: "Intel", pciVendor: "0x8086", signs: ["/sys/module/xe", "/sys/module/i915"],
      drivers: [.intel, .rusticl]),
  ]

  private static func gpus(_ search: DriverSearch, _ host: DriverHost) -> [String] {
    let cards = displayCards(host)
    return hardware.compactMap { hardware in
      let hasLibrary = search.drivers.contains { driver in
        hardware.drivers.contains { $0.matches(driver.library) }
      }
      guard !hasLibrary else { return nil }
      let card = cards[hardware.pciVendor]
      guard let sign = hardware.signs.first(where: host.exists) else {
        return card.map {
          "There is an \(hardware.name) GPU (PCI \($0)), but no kernel driver for it is loaded:"
            + " install the vendor's, and look at `dmesg` if it is installed."
        }
      }
      // Modules of the kernel may be loaded on hosts without such a GPU; device files of one are not there.
      guard card != nil || !sign.hasPrefix("/sys") else { return nil }
      return "The kernel drives an \(hardware.name) GPU (\(sign)), but its OpenCL library is not"
        + " there: \(hardware.drivers[0].advice)."
    } + windows(search, host)
  }

  private static func windows(_ search: DriverSearch, _ host: DriverHost) -> [String] {
    let drivers = [KnownDriver.nvidia, .intel]
    guard host.exists("/dev/dxg"),
      !search.drivers.contains(where: { driver in drivers.contains { $0.matches(driver.library) } })
    else { return [] }
    return [
      "This is Linux on Windows (/dev/dxg): a GPU can be used only where its vendor has an OpenCL"
        + " driver for that; CPU devices work."
    ]
  }

  /// Device files that are there and may not be used.
  private static func access(_ host: DriverHost) -> [String] {
    let nodes = host.names(in: "/dev/dri").filter { $0.hasPrefix("renderD") }.map {
      "/dev/dri/\($0)"
    }
    let files = (nodes + ["/dev/kfd", "/dev/nvidiactl", "/dev/nvidia0", "/dev/dxg"]).filter {
      host.exists($0) && !host.canAccess(host.root + $0)
    }
    guard !files.isEmpty else { return [] }
    return [
      "This user may not use \(files.joined(separator: ", ")): add the user to the group that owns"
        + " \(files.count == 1 ? "it" : "them") (often `render` or `video`), and log in again."
    ]
  }

  /// The first display adapter of each PCI vendor.
  private static func displayCards(_ host: DriverHost) -> [String: String] {
    let folder = "/sys/bus/pci/devices"
    var cards: [String: String] = [:]
    for address in host.names(in: folder) {
      // Class 3 is display controllers.
      guard host.firstLine(of: "\(folder)/\(address)/class")?.hasPrefix("0x03") == true,
        let vendor = host.firstLine(of: "\(folder)/\(address)/vendor"), cards[vendor] == nil
      else { continue }
      cards[vendor] = address
    }
    return cards
  }
}
