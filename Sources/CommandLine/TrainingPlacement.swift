import Chorus
import Foundation

/// Replicas that train together in a benchmark.
struct TrainingPlacement {
  let name: String
  let members: [DeviceSelection.Member]
  let participants: [Participant]

  /// Each replica alone, and then, where there are several, all together.
  static func all(_ members: [DeviceSelection.Member]) throws -> [TrainingPlacement] {
    let participants = try members.map {
      Participant(device: $0.device, name: $0.name, link: try LinkProbe.link(to: $0.device))
    }
    let solos = zip(members, participants).map { member, participant in
      TrainingPlacement(
        name: "\(member.name) alone (\(member.device.platformName))", members: [member],
        participants: [participant])
    }
    guard solos.count > 1 else { return solos }
    let together = TrainingPlacement(
      name: members.map(\.name).joined(separator: " + "), members: members,
      participants: participants)
    return solos + [together]
  }
}

/// Whether the memory of this host and its devices holds the placements of a benchmark.
struct TrainingMemory {
  /// What one placement takes, and where.
  private struct Need {
    var host = 0
    var devices: [(device: DeviceSelection.Member, byteCount: Int)] = []
  }

  private let placements: [TrainingPlacement]
  private let needs: [Need]
  private let freeByteCount: Int?

  init(
    _ configuration: TrainerConfiguration, _ placements: [TrainingPlacement],
    freeByteCount: Int? = HostMemory.freeByteCount
  ) throws {
    self.placements = placements
    self.freeByteCount = freeByteCount
    needs = try placements.map { placement in
      var need = Need()
      for (index, member) in placement.members.enumerated() {
        let estimate = try MemoryEstimate(configuration, on: member.device)
        if index == 0 { need.host += estimate.hostByteCount }
        need.host += estimate.stagingByteCount
        if member.device.hasUnifiedMemory {
          need.host += estimate.deviceByteCount
        } else {
          need.devices.append((member, estimate.deviceByteCount))
        }
      }
      return need
    }
  }

  /// Whether all placements fit at the same time; throws `Skipped` where not even each one does.
  func fitsTogether(_ name: String) throws -> Bool {
    for (placement, need) in zip(placements, needs) {
      if let fault = Self.fault([need], freeByteCount) {
        throw Skipped(reason: "\(name): skipped, \(placement.name) needs \(fault)")
      }
    }
    return Self.fault(needs, freeByteCount) == nil
  }

  /// What is too small, in words. A tenth stays free, of devices and of the host.
  private static func fault(_ needs: [Need], _ freeByteCount: Int?) -> String? {
    let host = needs.reduce(0) { $0 + $1.host }
    if let freeByteCount, host > freeByteCount / 10 * 9 {
      return "\(host.inGigabytes) of memory, and \(freeByteCount.inGigabytes) are free"
    }
    var byIndex: [Int: (sum: Int, device: Device)] = [:]
    for (member, byteCount) in needs.flatMap(\.devices) {
      byIndex[member.index, default: (0, member.device)].sum += byteCount
    }
    for (index, entry) in byIndex.sorted(by: { $0.key < $1.key })
    where entry.sum > entry.device.globalMemoryByteCount / 10 * 9 {
      return "\(entry.sum.inGigabytes) on device \(index), which has"
        + " \(entry.device.globalMemoryByteCount.inGigabytes)"
    }
    return nil
  }
}

/// The memory of this host.
enum HostMemory {
  /// What programs could still get, as Linux estimates; nil where it does not say.
  static var freeByteCount: Int? {
    guard let text = try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8) else {
      return nil
    }
    let line = text.split(separator: "\n").first { $0.hasPrefix("MemAvailable:") }
    guard let kibibytes = line?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
      return nil
    }
    return kibibytes * 1024
  }
}

extension Int {
  /// `1.5 GB`.
  fileprivate var inGigabytes: String { String(format: "%.1f GB", Double(self) * 1e-9) }
}
