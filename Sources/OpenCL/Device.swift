import COpenCL

/// What a device is, by its own statement.
public enum DeviceKind: String, Sendable, Codable, CaseIterable {
  /// A host processor.
  case cpu
  /// A graphics processor.
  case gpu
  /// A dedicated accelerator, such as an FPGA.
  case accelerator
  /// Fixed-function hardware without a compiler.
  case custom
}

/// One OpenCL device or sub-device; its properties are read once, when it is found.
public final class Device: Sendable {
  /// The name of the platform that the device belongs to.
  public let platformName: String
  /// The version of that platform.
  public let platformVersion: String
  /// The name, without surrounding white space.
  public let name: String
  /// The vendor.
  public let vendor: String
  /// The vendor's number, on PCI devices its PCI vendor identifier.
  public let vendorID: UInt32
  /// The OpenCL version that the device supports.
  public let version: String
  /// The version of the driver.
  public let driverVersion: String
  /// What the device is.
  public let kind: DeviceKind
  /// The number of compute units.
  public let computeUnitCount: Int
  /// The highest clock frequency; zero where the driver does not know it.
  public let clockMegahertz: Int
  /// The size of the global memory.
  public let globalMemoryByteCount: Int
  /// The size of the largest buffer.
  public let maxAllocationByteCount: Int
  /// The size of a work-group's local memory.
  public let localMemoryByteCount: Int
  /// The largest work-group of any kernel.
  public let maxWorkGroupSize: Int
  /// The names of the supported extensions.
  public let extensions: Set<String>
  /// Whether arithmetic in half precision is offered; storage in it always is.
  public let hasHalf: Bool
  /// Whether arithmetic in double precision is offered.
  public let hasDouble: Bool
  /// Whether kernels may use sub-groups.
  public let hasSubGroups: Bool
  /// Whether the device works in the host's memory, so that maps copy nothing.
  public let hasUnifiedMemory: Bool
  /// Whether the least significant byte comes first.
  public let isLittleEndian: Bool
  /// Whether float32 keeps denormal numbers.
  public let supportsDenormals: Bool
  /// Whether float32 division and square root can be correctly rounded, by a build option.
  public let hasCorrectlyRoundedDivideSqrt: Bool
  /// Whether float32 has a fused multiply-add in hardware.
  public let hasFMA: Bool
  /// Whether `partitionedEqually(into:)` can succeed.
  public let canPartitionEqually: Bool
  /// The largest number of sub-devices; zero or one where there are none.
  public let maxSubDeviceCount: Int
  /// Whether this is a part of another device.
  public let isSubDevice: Bool
  /// The vector width that the driver prefers for float32.
  public let preferredFloatVectorWidth: Int
  /// The vector width of the instructions for float32.
  public let nativeFloatVectorWidth: Int
  /// The PCI address as `domain:bus:device.function`, or nil where the driver does not tell.
  ///
  /// Two platforms that drive the same hardware report the same address.
  public let hardwareAddress: String?

  let handle: Handle<DeviceObject>

  // A sub-device must not outlive its parent.
  private let parent: Device?

  init(
    handle: Handle<DeviceObject>, platform: (name: String, version: String), parent: Device?
  ) throws(OpenCLError) {
    let pointer = handle.pointer
    let query = Query("clGetDeviceInfo") { clGetDeviceInfo(pointer, $0, $1, $2, $3) }
    self.handle = handle
    self.parent = parent
    isSubDevice = parent != nil
    platformName = platform.name
    platformVersion = platform.version

    name = try query.string(CL_DEVICE_NAME)
    vendor = try query.string(CL_DEVICE_VENDOR)
    vendorID = try query.value(CL_DEVICE_VENDOR_ID, as: UInt32.self)
    version = try query.string(CL_DEVICE_VERSION)
    driverVersion = try query.string(CL_DRIVER_VERSION)
    kind = DeviceKind(bits: try query.value(CL_DEVICE_TYPE, as: UInt64.self))
    let extensions = Set(
      try query.string(CL_DEVICE_EXTENSIONS).split(separator: " ").map { String($0) })
    self.extensions = extensions

    computeUnitCount = try query.count(CL_DEVICE_MAX_COMPUTE_UNITS)
    clockMegahertz = (try? query.count(CL_DEVICE_MAX_CLOCK_FREQUENCY)) ?? 0
    globalMemoryByteCount = try query.byteCount(CL_DEVICE_GLOBAL_MEM_SIZE)
    maxAllocationByteCount = try query.byteCount(CL_DEVICE_MAX_MEM_ALLOC_SIZE)
    localMemoryByteCount = try query.byteCount(CL_DEVICE_LOCAL_MEM_SIZE)
    maxWorkGroupSize = try query.value(CL_DEVICE_MAX_WORK_GROUP_SIZE, as: Int.self)
    hasUnifiedMemory = (try? query.flag(CL_DEVICE_HOST_UNIFIED_MEMORY)) ?? false
    isLittleEndian = try query.flag(CL_DEVICE_ENDIAN_LITTLE)
    preferredFloatVectorWidth = try query.count(CL_DEVICE_PREFERRED_VECTOR_WIDTH_FLOAT)
    nativeFloatVectorWidth = try query.count(CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT)

    let float = try query.value(CL_DEVICE_SINGLE_FP_CONFIG, as: UInt64.self)
    supportsDenormals = float & UInt64(CL_FP_DENORM) != 0
    hasCorrectlyRoundedDivideSqrt = float & UInt64(CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT) != 0
    hasFMA = float & UInt64(CL_FP_FMA) != 0
    hasHalf = extensions.contains("cl_khr_fp16")
    hasDouble = extensions.contains("cl_khr_fp64")
    hasSubGroups =
      extensions.contains("cl_khr_subgroups") || extensions.contains("cl_intel_subgroups")

    maxSubDeviceCount = (try? query.count(CL_DEVICE_PARTITION_MAX_SUB_DEVICES)) ?? 0
    let partitions = (try? query.words(CL_DEVICE_PARTITION_PROPERTIES)) ?? []
    canPartitionEqually =
      maxSubDeviceCount > 1 && partitions.contains(Int(CL_DEVICE_PARTITION_EQUALLY))
    hardwareAddress = Self.hardwareAddress(query, extensions)
  }
}

extension Device: Hashable, CustomStringConvertible {
  /// Whether both are the same device object of the same platform.
  public static func == (left: Device, right: Device) -> Bool {
    left.handle.pointer == right.handle.pointer
  }

  /// Hashes the identity of the device object.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(handle.pointer)
  }

  /// The name, the platform and the driver; a sub-device also states its compute units.
  public var description: String {
    let part = isSubDevice ? "sub-device of \(computeUnitCount) compute units, " : ""
    return "\(name) (\(part)\(platformName), driver \(driverVersion))"
  }

  /// The device's `cl_device_id`, borrowed.
  package var rawPointer: OpaquePointer { handle.pointer }
}

extension DeviceKind {
  fileprivate init(bits: UInt64) {
    switch bits {
    case let bits where bits & UInt64(CL_DEVICE_TYPE_GPU) != 0: self = .gpu
    case let bits where bits & UInt64(CL_DEVICE_TYPE_CPU) != 0: self = .cpu
    case let bits where bits & UInt64(CL_DEVICE_TYPE_ACCELERATOR) != 0: self = .accelerator
    default: self = .custom
    }
  }
}

extension Query {
  fileprivate func count(_ parameter: Int32) throws(OpenCLError) -> Int {
    Int(try value(parameter, as: UInt32.self))
  }

  fileprivate func byteCount(_ parameter: Int32) throws(OpenCLError) -> Int {
    Int(clamping: try value(parameter, as: UInt64.self))
  }

  fileprivate func flag(_ parameter: Int32) throws(OpenCLError) -> Bool {
    try value(parameter, as: UInt32.self) != 0
  }
}
