import Chorus

/// The peaks of the devices of a benchmark, each measured once.
final class DevicePeaks {
  private let inventory: DeviceInventory
  private var known: [(device: Device, peak: DevicePeak)] = []

  init(_ inventory: DeviceInventory) { self.inventory = inventory }

  /// Multiply-adds per second, an fma being two, that devices can do together at most.
  ///
  /// Parts of a device add up, and so do pieces of hardware; two drivers of one piece do not.
  func operationsPerSecond(_ members: [DeviceSelection.Member]) throws -> Double {
    var sum = 0.0
    for group in inventory.hardware {
      let indices = Set(group.map(\.index))
      let there = members.filter { indices.contains($0.index) }
      var byDriver: [Int: Double] = [:]
      var counted: [Device] = []
      for member in there where !counted.contains(member.device) {
        counted.append(member.device)
        byDriver[member.index, default: 0] += try peak(of: member.device).operationsPerSecond
      }
      sum += byDriver.values.max() ?? 0
    }
    return sum
  }

  private func peak(of device: Device) throws -> DevicePeak {
    if let entry = known.first(where: { $0.device == device }) { return entry.peak }
    let peak = try DevicePeak(of: device)
    known.append((device, peak))
    return peak
  }
}
