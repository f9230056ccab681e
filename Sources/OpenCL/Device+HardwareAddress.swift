import COpenCL

extension Device {
  /// Where the device sits on the PCI bus, from the first of three extensions that tells.
  static func hardwareAddress(_ query: Query, _ extensions: Set<String>) -> String? {
    khronosAddress(query, extensions) ?? nvidiaAddress(query, extensions)
      ?? amdAddress(query, extensions)
  }

  // cl_khr_pci_bus_info: CL_DEVICE_PCI_BUS_INFO_KHR gives domain, bus, device and function.
  private static func khronosAddress(_ query: Query, _ extensions: Set<String>) -> String? {
    guard extensions.contains("cl_khr_pci_bus_info"),
      let words = try? query.value(0x410F, as: SIMD4<UInt32>.self)
    else { return nil }
    return address(domain: words[0], bus: words[1], device: words[2], function: words[3])
  }

  // cl_nv_device_attribute_query: the slot holds device and function, as in PCI's own encoding.
  private static func nvidiaAddress(_ query: Query, _ extensions: Set<String>) -> String? {
    guard extensions.contains("cl_nv_device_attribute_query"),
      let bus = try? query.value(0x4008, as: UInt32.self),
      let slot = try? query.value(0x4009, as: UInt32.self)
    else { return nil }
    let domain = (try? query.value(0x400A, as: UInt32.self)) ?? 0
    return address(domain: domain, bus: bus, device: slot >> 3, function: slot & 7)
  }

  // cl_amd_device_attribute_query: CL_DEVICE_TOPOLOGY_AMD is a 24-byte union; type 1 is PCIe,
  // with bus, device and function in the last three bytes.
  private static func amdAddress(_ query: Query, _ extensions: Set<String>) -> String? {
    guard extensions.contains("cl_amd_device_attribute_query"),
      let bytes = try? query.bytes(0x4037), bytes.count >= 24, bytes[0] == 1
    else { return nil }
    return address(
      domain: 0, bus: UInt32(bytes[21]), device: UInt32(bytes[22]), function: UInt32(bytes[23]))
  }

  private static func address(
    domain: UInt32, bus: UInt32, device: UInt32, function: UInt32
  ) -> String {
    func hexadecimal(_ value: UInt32, _ width: Int) -> String {
      let digits = String(value, radix: 16)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    return [hexadecimal(domain, 4), hexadecimal(bus, 2), hexadecimal(device, 2)]
      .joined(separator: ":") + ".\(function)"
  }
}
