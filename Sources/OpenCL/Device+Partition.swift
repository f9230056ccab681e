import COpenCL

extension Device {
  /// Splits the device into `count` sub-devices of `computeUnitCount / count` units each.
  ///
  /// Units that remain stay idle. The sub-devices keep this device alive, and the process keeps the
  /// sub-devices: their memory is never freed.
  public func partitionedEqually(into count: Int) throws(OpenCLError) -> [Device] {
    try checkPartition(into: count)
    let units = computeUnitCount / count
    let properties = [Int(CL_DEVICE_PARTITION_EQUALLY), units, 0]
    let detail = "\(name) into \(count) sub-devices of \(units) compute units"
    var found: UInt32 = 0
    let counted = clCreateSubDevices(handle.pointer, properties, 0, nil, &found)
    try check("clCreateSubDevices", counted, detail)
    var pointers = [OpaquePointer?](repeating: nil, count: Int(found))
    let created = clCreateSubDevices(handle.pointer, properties, found, &pointers, nil)
    try check("clCreateSubDevices", created, detail)

    // 8 units in threes give 4 pairs: those beyond `count` are released at once.
    let handles = pointers.compactMap { $0 }.map { Handle<DeviceObject>(adopting: $0) }
    guard handles.count >= count else {
      throw OpenCLError(
        call: "clCreateSubDevices", code: CL_DEVICE_PARTITION_FAILED,
        detail: "\(detail): only \(handles.count) came back")
    }
    var devices: [Device] = []
    for handle in handles.prefix(count) {
      // One reference more than will be released. PoCL 3.1's contexts and queues hold none of a sub-device, and
      // its threads still read one after its last command is complete: a freed one crashes the process.
      try check("clRetainDevice", clRetainDevice(handle.pointer), detail)
      devices.append(
        try Device(handle: handle, platform: (platformName, platformVersion), parent: self))
    }
    return devices
  }

  private func checkPartition(into count: Int) throws(OpenCLError) {
    guard count < 1 || count > computeUnitCount || count > maxSubDeviceCount || !canPartitionEqually
    else { return }
    let reason =
      canPartitionEqually
      ? "into \(count) parts; it has \(computeUnitCount) compute units and allows at most "
        + "\(maxSubDeviceCount) sub-devices"
      : "which cannot be partitioned equally"
    throw OpenCLError(
      call: "clCreateSubDevices", code: CL_DEVICE_PARTITION_FAILED, detail: "\(name), \(reason)")
  }
}
