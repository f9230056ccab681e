import Kernels
public import OpenCL

/// How kernels are written: for processors, or for graphics processors. No bit depends on it.
public enum KernelVariant: String, Sendable, Hashable, Codable, CaseIterable {
  /// A work-item computes much, in vectors.
  case cpu
  /// A work-group computes together what a work-item does in the other variant; kernels that have no such form run
  /// in the other one.
  case gpu

  /// What suits a device.
  public init(for device: Device) { self = device.kind == .gpu ? .gpu : .cpu }

  /// The name of a kernel in this variant; nil where it has none.
  package func name(of kernel: String) -> String? {
    guard self == .gpu else { return kernel }
    let name = kernel + Self.suffix
    return KernelFamily(ofKernel: name) == nil ? nil : name
  }

  /// What the names of kernels for graphics processors end with.
  package static let suffix = "_gpu"
}

/// A kernel that is built, and how it is launched.
package struct BuiltKernel {
  /// The kernel.
  let kernel: Kernel
  /// The variant that was built.
  let variant: KernelVariant
  /// Its tile, where it has one.
  let tile: Tile?
  /// Items of a work-group, all in dimension 0: so many stand for one work-item of the step.
  let groupItems: Int
}

/// What a device's work-groups may be.
package struct GroupLimits: Sendable, Hashable {
  /// Items of a group.
  package var items = 256
  /// Bytes of local memory.
  package var localByteCount = 32 << 10

  /// What every graphics processor offers.
  package static let usual = GroupLimits()

  /// The limits of a device, or the usual ones where it allows more.
  init(_ device: Device) {
    items = min(items, device.maxWorkGroupSize)
    localByteCount = min(localByteCount, device.localMemoryByteCount)
  }

  private init() {}
}
