public import OpenCL

/// Every OpenCL device of the host, in an order that does not change between runs.
public struct DeviceInventory: Sendable {
  /// A device and the index by which users name it.
  public struct Entry: Sendable {
    /// Position in the inventory.
    public let index: Int
    /// The device.
    public let device: Device
  }

  /// All devices; GPUs first.
  public let entries: [Entry]

  /// Asks the ICD loader for all platforms and devices.
  ///
  /// The loader's own order of platforms may change from run to run, so they are sorted: GPUs, accelerators,
  /// CPUs, each by platform name, then in the platform's order.
  ///
  /// - Throws: `OpenCLError`; a host without any device is no error.
  public init() throws(OpenCLError) {
    var devices: [(order: Int, device: Device)] = []
    for platform in try Platform.all() {
      for device in try platform.devices() { devices.append((devices.count, device)) }
    }
    self.init(
      devices.sorted { a, b in
        (Self.rank(a.device.kind), a.device.platformName, a.order)
          < (Self.rank(b.device.kind), b.device.platformName, b.order)
      }.map(\.device))
  }

  /// An inventory of the given devices, in this order.
  public init(_ devices: [Device]) {
    entries = devices.enumerated().map { Entry(index: $0, device: $1) }
  }

  private static func rank(_ kind: DeviceKind) -> Int {
    switch kind {
    case .gpu: 0
    case .accelerator: 1
    case .custom: 2
    case .cpu: 3
    }
  }

  /// Entries grouped by the piece of hardware that they run on.
  ///
  /// All CPU devices are the host's processors. A GPU is known by its PCI address, or else by its name and
  /// how many of that name its platform has listed before it.
  public var hardware: [[Entry]] {
    var groups: [(key: String, entries: [Entry])] = []
    var ordinals: [String: Int] = [:]
    for entry in entries {
      let device = entry.device
      let key: String
      if device.kind == .cpu {
        key = "host"
      } else if let address = device.hardwareAddress {
        key = address
      } else {
        let ordinal = ordinals["\(device.platformName)/\(device.name)", default: 0]
        ordinals["\(device.platformName)/\(device.name)"] = ordinal + 1
        key = "\(device.name)#\(ordinal)"
      }
      if let index = groups.firstIndex(where: { $0.key == key }) {
        groups[index].entries.append(entry)
      } else {
        groups.append((key, [entry]))
      }
    }
    return groups.map(\.entries)
  }
}
