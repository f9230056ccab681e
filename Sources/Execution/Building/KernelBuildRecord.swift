import Foundation
public import OpenCL

/// Remembers, in the cache folder, which kernels a device's driver has compiled.
///
/// A hint: where the driver has lost them since, it compiles them again when they are needed.
public struct KernelBuildRecord: Sendable {
  private let file: URL

  /// The record of these builds on a device.
  public init(_ builds: [KernelBuild], on device: Device, in cache: CacheFolder) {
    let lines = builds.sorted().map { "\($0.kernel) \($0.options.joined(separator: " "))" }
    let identity = [
      device.platformName, device.platformVersion, device.name, device.driverVersion,
      KernelVersion.digest,
    ]
    let digest = SelfTest.digest(Data((identity + lines).joined(separator: "\0").utf8))
    file = cache.url.appendingPathComponent("builds").appendingPathComponent(digest)
  }

  /// Whether all of them have been compiled.
  public var exists: Bool { FileManager.default.fileExists(atPath: file.path) }

  /// Notes that they have been; a folder that cannot be written only costs time.
  public func note() {
    try? FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try? Data().write(to: file)
  }
}
