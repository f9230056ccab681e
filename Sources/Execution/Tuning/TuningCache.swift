public import Foundation
public import OpenCL

/// Tables of tuned tiles on disk: a file for each device, driver and kernel version.
public struct TuningCache: Sendable {
  /// The folder; it may not exist yet.
  public let folder: URL

  /// What a file holds.
  private struct Contents: Codable {
    let device: Identity
    let tiles: TileTable
  }

  /// What the times of a table depend on.
  private struct Identity: Codable, Hashable {
    let name: String
    let driver: String
    let platform: String
    let computeUnits: Int
    let kernels: String

    init(_ device: Device) {
      name = device.name
      driver = device.driverVersion
      platform = "\(device.platformName) \(device.platformVersion)"
      computeUnits = device.computeUnitCount
      kernels = KernelVersion.digest
    }
  }

  /// The tables of a folder.
  public init(folder: URL) { self.folder = folder }

  /// The file of a device; equal devices, and equal parts of one, share it.
  public func file(for device: Device) -> URL {
    let identity = Identity(device)
    let words = [
      identity.name, identity.driver, identity.platform, "\(identity.computeUnits)",
      identity.kernels,
    ]
    let digest = SelfTest.digest(Data(words.joined(separator: "\0").utf8))
    return folder.appendingPathComponent(digest + ".json")
  }

  /// The table of a device; nil where there is none that can be read.
  ///
  /// A file that is damaged, or that was written for another device, is none: the choice of tiles only saves time.
  public func table(for device: Device) -> TileTable? {
    guard let data = try? Data(contentsOf: file(for: device)),
      let contents = try? JSONDecoder().decode(Contents.self, from: data),
      contents.device == Identity(device)
    else { return nil }
    return contents.tiles
  }

  /// Adds choices to the table of a device; the file is replaced as a whole.
  ///
  /// - Throws: What the system says, where the folder or the file cannot be written.
  public func add(_ table: TileTable, for device: Device) throws {
    var merged = self.table(for: device) ?? TileTable()
    merged.merge(table)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
    let contents = Contents(device: Identity(device), tiles: merged)
    try (encoder.encode(contents) + Data("\n".utf8)).write(
      to: file(for: device), options: .atomic)
  }
}
