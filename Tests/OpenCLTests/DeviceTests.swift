import OpenCL
import Testing

@Suite("Device")
struct DeviceTests {
  @Test("a device's properties make sense", arguments: allDevices)
  func properties(_ device: Device) {
    #expect(!device.name.isEmpty)
    #expect(device.name.first?.isWhitespace == false && device.name.last?.isWhitespace == false)
    #expect(!device.vendor.isEmpty)
    #expect(device.version.hasPrefix("OpenCL "))
    #expect(!device.driverVersion.isEmpty)
    #expect(device.computeUnitCount > 0)
    #expect(device.maxWorkGroupSize > 0)
    #expect(device.maxAllocationByteCount > 0)
    #expect(device.globalMemoryByteCount >= device.maxAllocationByteCount)
    #expect(device.localMemoryByteCount >= 16 << 10)
    #expect(device.nativeFloatVectorWidth > 0)
    #expect(device.isLittleEndian)
    #expect(!device.isSubDevice)
    #expect(device.description.contains(device.name))
  }

  @Test("a processor shares the host's memory and sits on no bus", arguments: allDevices)
  func processor(_ device: Device) {
    guard device.kind == .cpu else { return }
    #expect(device.hasUnifiedMemory)
    #expect(device.hardwareAddress == nil)
  }

  @Test("listing twice gives equal devices")
  func identity() throws {
    let again = try Platform.all().flatMap { try $0.devices() }
    #expect(again == allDevices)
    #expect(Set(again + allDevices).count == allDevices.count)
  }

  @Test("a device splits into halves that compute", arguments: partitionableDevices)
  func halves(_ device: Device) throws {
    let halves = try device.partitionedEqually(into: 2)
    #expect(halves.count == 2)
    #expect(Set(halves + [device]).count == 3)
    for half in halves {
      #expect(half.isSubDevice)
      #expect(half.computeUnitCount == device.computeUnitCount / 2)
      #expect(half.description.contains("sub-device"))
      let place = try Workplace(half)
      let (y, x) = (try place.buffer([1, 2, 3]), try place.buffer([4, 5, 6]))
      try place.queue.launch(place.axpy(y, x, factor: 2), global: WorkSize(3)).wait()
      #expect(try place.values(y) == [9, 12, 15])
    }
  }

  @Test("a split that is impossible names its numbers", arguments: allDevices)
  func impossibleSplit(_ device: Device) throws {
    let count = device.computeUnitCount + 1
    let error = try openCLError { _ = try device.partitionedEqually(into: count) }
    #expect(error.name == "CL_DEVICE_PARTITION_FAILED")
    #expect(error.detail.contains(device.name))
    #expect(!device.canPartitionEqually || error.detail.contains("\(count)"))
    #expect(throws: OpenCLError.self) { try device.partitionedEqually(into: 0) }
  }
}
