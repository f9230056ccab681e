public import OpenCL

/// The devices that a request stands for on this host, and why.
public struct DeviceSelection: Sendable {
  /// One replica's device.
  public struct Member: Sendable {
    /// The device, or a part of one.
    public let device: Device
    /// Index in the inventory.
    public let index: Int
    /// `0`, or `0/2[1]` for the second of two parts, or `0#2` for the second replica on device 0.
    public let name: String
    /// Seconds of the speed probe, where one was made.
    public let probeSeconds: Double?
  }

  /// One per replica.
  public let members: [Member]
  /// Sentences for the user, such as why one of two platforms was preferred.
  public let notes: [String]

  /// A selection made elsewhere.
  public init(members: [Member], notes: [String]) {
    self.members = members
    self.notes = notes
  }

  /// Resolves a request.
  ///
  /// - Parameters:
  ///   - request: What the user asked for.
  ///   - inventory: The host's devices.
  ///   - probe: Measures a device, in seconds of the same work; called where there is a choice to make.
  /// - Throws: `DeviceSelectionError`, or what `probe` throws.
  public init(
    _ request: DeviceRequest, from inventory: DeviceInventory,
    probe: (Device) throws -> Double
  ) throws {
    guard !inventory.entries.isEmpty else { throw DeviceSelectionError.noDevice }
    var members: [Member] = []
    var notes: [String] = []
    switch request {
    case .all, .gpu, .cpu:
      for group in inventory.hardware {
        let kind = group[0].device.kind
        if request == .gpu && kind != .gpu || request == .cpu && kind != .cpu { continue }
        let (member, note) = try Self.fastest(group, probe)
        members.append(member)
        if let note { notes.append(note) }
      }
      guard !members.isEmpty else {
        throw DeviceSelectionError.noneOfKind(request == .gpu ? "GPU" : "CPU")
      }
    case .every:
      members = inventory.entries.map {
        Member(device: $0.device, index: $0.index, name: "\($0.index)", probeSeconds: nil)
      }
    case .list(let items):
      for item in items {
        guard item.index < inventory.entries.count else {
          throw DeviceSelectionError.unknownIndex(item.index, inventory.entries.count)
        }
        members += try Self.parts(item, of: inventory.entries[item.index].device, after: members)
      }
    }
    self.members = members
    self.notes = notes
  }

  private static func fastest(
    _ group: [DeviceInventory.Entry], _ probe: (Device) throws -> Double
  ) throws -> (Member, String?) {
    func member(_ entry: DeviceInventory.Entry, _ seconds: Double?) -> Member {
      Member(
        device: entry.device, index: entry.index, name: "\(entry.index)", probeSeconds: seconds)
    }
    guard group.count > 1 else { return (member(group[0], nil), nil) }
    let measured = try group.map { (entry: $0, seconds: try probe($0.device)) }
    guard let best = measured.min(by: { $0.seconds < $1.seconds }) else {
      throw DeviceSelectionError.noDevice
    }
    let others = measured.filter { $0.entry.index != best.entry.index }.map { other in
      let ratio = (other.seconds / best.seconds * 100).rounded() / 100
      return "device \(other.entry.index) (\(other.entry.device.platformName)) took \(ratio)"
        + " times as long"
    }
    let hardware = best.entry.device.kind == .cpu ? "host CPU" : best.entry.device.name
    return (
      member(best.entry, best.seconds),
      "Using device \(best.entry.index) (\(best.entry.device.platformName)) for the \(hardware): "
        + others.joined(separator: ", ") + ". Choose with --devices."
    )
  }

  private static func parts(
    _ item: DeviceRequest.Item, of device: Device, after members: [Member]
  ) throws -> [Member] {
    guard item.parts > 1 else {
      let earlier = members.count { $0.index == item.index && $0.device == device }
      let name = earlier == 0 ? "\(item.index)" : "\(item.index)#\(earlier + 1)"
      return [Member(device: device, index: item.index, name: name, probeSeconds: nil)]
    }
    do {
      return try device.partitionedEqually(into: item.parts).enumerated().map { part, device in
        Member(
          device: device, index: item.index, name: "\(item.index)/\(item.parts)[\(part)]",
          probeSeconds: nil)
      }
    } catch {
      throw DeviceSelectionError.cannotPartition(
        item.index, item.parts, units: device.computeUnitCount, cause: "\(error)")
    }
  }
}

/// Why a request cannot be met; each text says what to do.
public enum DeviceSelectionError: Error, CustomStringConvertible {
  /// The host has no OpenCL device.
  case noDevice
  /// No GPU, or no CPU.
  case noneOfKind(String)
  /// An index that the inventory does not have, and how many it has.
  case unknownIndex(Int, Int)
  /// The device cannot be split so.
  case cannotPartition(Int, Int, units: Int, cause: String)

  /// One or two sentences.
  public var description: String {
    switch self {
    case .noDevice:
      "no OpenCL device was found. Install a driver: `apt install pocl-opencl-icd` for the CPU,"
        + " the vendor's driver for a GPU. `chorus devices` tells what was looked for"
    case .noneOfKind(let kind):
      "--devices asks for a \(kind), but no OpenCL platform offers one;"
        + " `chorus devices` lists what there is"
    case .unknownIndex(let index, let count):
      "--devices names device \(index), but there \(count == 1 ? "is 1 device" : "are \(count) devices")"
        + " (0\(count > 1 ? " to \(count - 1)" : "")); `chorus devices` lists them"
    case .cannotPartition(let index, let parts, let units, let cause):
      "device \(index) with \(units) compute units cannot be split into \(parts) equal parts"
        + " (\(cause)); use --devices \(index), or a number of parts that divides \(units)"
    }
  }
}
