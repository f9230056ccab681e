extension Scenario {
  /// Draws devices, faults and everything else from a seed.
  init(seed: UInt64) {
    var dice = Dice(seed: seed)
    dataSeed = dice.bits()
    chanceSeed = dice.bits()
    switch dice.integer(0...5) {
    case 0: split = .random(seed: dice.bits())
    case 1: split = .fixed([1, 2, 0, 3])
    default: split = .measured
    }
    stepCount = dice.integer(2...14)
    grainCount = dice.chance(0.2) ? dice.integer(1...4) : dice.integer(5...40)
    if dice.chance(0.3) {
      shortInterval = dice.integer(2...5)
      shortGrainCount = dice.integer(1...grainCount)
    }
    bucketBytes = (0..<dice.integer(1...5)).map { _ in dice.magnitude(1e3, 1e8) }
    stateBytes = bucketBytes.reduce(0, +)
    reducerBytesPerSecond = dice.magnitude(1e9, 1e11)
    patience = Patience(
      least: dice.magnitude(0.2, 5), factor: dice.magnitude(10, 30), unknown: 60, preparation: 100)
    if dice.chance(0.5) { auditInterval = dice.chance(0.5) ? 1 : dice.integer(2...4) }
    if dice.chance(0.3) { evaluationInterval = dice.integer(1...4) }
    if dice.chance(0.3) { readInterval = dice.integer(1...4) }
    if dice.chance(0.2) { rescaleChance = 0.2 }
    if dice.chance(0.6) { returnChance = dice.unit() }
    returnSteps = dice.magnitude(0.1, 10)
    let typical = dice.magnitude(1e-3, 0.3)
    let spread = dice.magnitude(1, 30)
    devices = (0..<dice.integer(1...12)).map { index in
      var profile = VirtualProfile.drawn(&dice, typical: typical, spread: spread)
      if index > 0, dice.chance(0.1) { profile.isReserve = true }
      if index > 0, dice.chance(0.15) { profile.firstStep = dice.integer(0...stepCount - 1) }
      return profile
    }
    drawFaults(&dice)
  }

  private mutating func drawFaults(_ dice: inout Dice) {
    let share = dice.pick([0.0, 0.2, 0.5, 1.0])
    for device in devices.indices where dice.chance(share) {
      // In most runs one device holds out, so that they come to their end.
      if device == 0, dice.chance(0.8) { continue }
      for _ in 0..<dice.integer(1...3) {
        let last = stepCount * (bucketBytes.count + 2)
        let moment = PlannedFault.Moment.order(dice.integer(0...last))
        faults.append(PlannedFault(device: device, moment: moment, fault: .drawn(&dice)))
      }
    }
  }
}

extension VirtualProfile {
  fileprivate static func drawn(
    _ dice: inout Dice, typical: Seconds, spread: Double
  ) -> VirtualProfile {
    let seconds = typical * dice.magnitude(1 / spread, spread)
    var profile = VirtualProfile(
      fixedSeconds: dice.chance(0.5) ? 0 : seconds * dice.unit() * 4, secondsPerGrain: seconds,
      waveGrains: dice.integer(1...16), jitter: dice.pick([0, 0.02, 0.1, 0.3]),
      bytesPerSecondDown: dice.magnitude(1e8, 1e11), bytesPerSecondUp: dice.magnitude(1e8, 1e11))
    profile.granularity = dice.pick([1, 1, 2, 4])
    profile.sharesMemory = dice.chance(0.5)
    return profile
  }
}

extension VirtualFault {
  fileprivate static func drawn(_ dice: inout Dice) -> VirtualFault {
    switch dice.integer(0...8) {
    case 0: .error
    case 1: .silence
    case 2: .leave
    case 3: .late(dice.magnitude(2, 1e5))
    case 4, 5: .slow(dice.magnitude(2, 64), orders: dice.integer(1...60))
    case 6: .wrongBits(.transient(grains: dice.integer(1...8)))
    case 7: .wrongBits(.persistent)
    default: .wrongBits(.stuck)
    }
  }
}
