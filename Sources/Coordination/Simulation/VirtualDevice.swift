/// A virtual device: two lanes, weights, gradients, reduced gradients, and what is wrong with it.
final class VirtualDevice {
  /// A bucket of reduced gradients on the device.
  struct Reduced {
    var value: UInt64 = 0
    var step = -1
    var changes = 0
  }

  let profile: VirtualProfile
  /// Counts how often it was given up: what it does in an earlier life concerns nobody.
  var life = 0
  var lanes: [[Order]] = [[], []]
  var isBusy = [false, false]
  var memory: VirtualMemory
  var weights: UInt64 = 0
  /// By bucket.
  var reduced: [Reduced]
  /// When its link to the host is free.
  var downFree: Seconds = 0
  /// Seconds in which it has computed in the current step.
  var computing: Seconds = 0

  // MARK: What is wrong with it.

  var faults: [PlannedFault]
  var begunOrders = 0
  var isSilent = false
  var slowness = 1.0
  var slowOrders = 0
  var wrongGrains = 0
  var wrongBits: VirtualFault.WrongBits?
  /// Whether it ever had a reason to be given up, and to be evicted.
  var hadGraveFault = false
  var hadWrongBits = false

  init(_ profile: VirtualProfile, bucketCount: Int, faults: [PlannedFault]) {
    self.profile = profile
    self.faults = faults
    memory = VirtualMemory(bucketCount: bucketCount, isShared: profile.sharesMemory)
    reduced = Array(repeating: Reduced(), count: bucketCount)
  }

  /// Everything it had is gone; a fault of its hardware stays.
  func beginLife() {
    life += 1
    lanes = [[], []]
    isBusy = [false, false]
    let bucketCount = memory.buckets.count
    memory = VirtualMemory(bucketCount: bucketCount, isShared: profile.sharesMemory)
    weights = 0
    reduced = Array(repeating: Reduced(), count: bucketCount)
    downFree = 0
    isSilent = false
    (slowness, slowOrders) = (1, 0)
  }

  /// The fault that comes with the order that begins now.
  func nextFault(_ order: Order) -> VirtualFault? {
    defer { begunOrders += 1 }
    let index = faults.firstIndex { planned in
      switch planned.moment {
      case .order(let number): return begunOrders >= number
      case .step(let step):
        guard case .compute = order.work else { return false }
        return order.step >= step
      }
    }
    guard let index else { return nil }
    return faults.remove(at: index).fault
  }

  /// The grain's gradients as this device computes them, and whether they are wrong.
  func bitsToAdd(_ dice: inout Dice, device: Int) -> UInt64 {
    switch wrongBits {
    case nil: return 0
    case .transient:
      guard wrongGrains > 0 else { return 0 }
      wrongGrains -= 1
      return dice.bits() | 1
    case .persistent: return dice.bits() | 1
    case .stuck: return mixed(UInt64(device), 7) | 1
    }
  }
}
