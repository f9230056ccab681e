/// What a virtual device is like.
struct VirtualProfile: Sendable {
  /// Seconds of each portion that do not depend on its grains.
  var fixedSeconds: Seconds
  var secondsPerGrain: Seconds
  /// Grains that run side by side: time grows by steps of so many.
  var granularity = 1
  /// Most grains of one portion.
  var waveGrains: Int
  /// Times vary evenly by as much, up and down: 0.1 is 10 %.
  var jitter: Double
  /// To the host, of gradients.
  var bytesPerSecondDown: Double
  /// From the host, of reduced gradients and weights.
  var bytesPerSecondUp: Double
  /// The reducer reads its memory in place.
  var sharesMemory = false
  var isReserve = false
  /// The step in which it comes; 0 for the devices that a run begins with.
  var firstStep = 0

  /// What the portion takes without jitter.
  func seconds(grains: Int) -> Seconds {
    let rounded = (grains + granularity - 1) / granularity * granularity
    return fixedSeconds + Double(rounded) * secondsPerGrain
  }
}

/// What goes wrong with a virtual device.
enum VirtualFault: Sendable, Hashable {
  case error
  /// It does not answer any more.
  case silence
  /// One order takes longer by a factor.
  case late(Double)
  /// Everything takes longer, for so many orders.
  case slow(Double, orders: Int)
  case wrongBits(WrongBits)
  case leave

  enum WrongBits: Sendable, Hashable {
    /// So many grains.
    case transient(grains: Int)
    /// Every grain, other bits each time.
    case persistent
    /// Every grain, the same bits each time.
    case stuck
  }

  /// Whether the device may be given up for it.
  var isGrave: Bool {
    if case .wrongBits = self { false } else { true }
  }
}

/// A fault, and when it comes: every fault comes once.
struct PlannedFault: Sendable, Hashable {
  enum Moment: Sendable, Hashable {
    /// With the n-th order that the device begins.
    case order(Int)
    /// With the first portion of a step.
    case step(Int)
  }

  let device: Int
  let moment: Moment
  let fault: VirtualFault
}
