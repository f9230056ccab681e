extension ClusterPlan {
  /// Steps in which the scheduler learns the devices' times; they are not part of the estimate.
  private static let learningSteps = 12

  /// Simulates the cluster, and each kind of device alone.
  ///
  /// - Throws: `InvariantViolation` if no device is left.
  public func estimate() throws -> ClusterEstimate {
    var solo: [Device: Double] = [:]
    return try estimate(&solo)
  }

  /// Estimates for several numbers of devices.
  public func sweep(_ counts: [Int]) throws -> [ClusterEstimate] {
    var solo: [Device: Double] = [:]
    return try counts.map { try limited(to: $0).estimate(&solo) }
  }

  /// Numbers of devices for a sweep: powers of two, and all.
  public var sweepCounts: [Int] {
    var counts = [Int](sequence(first: 1) { $0 * 2 }.prefix { $0 < deviceCount })
    counts.append(deviceCount)
    return counts
  }

  private func estimate(_ solo: inout [Device: Double]) throws -> ClusterEstimate {
    var estimate = try simulate()
    var sum = 0.0
    for device in devices where device.count > 0 {
      var one = device
      one.count = 1
      if solo[one] == nil {
        var plan = self
        plan.devices = [one]
        plan.injections = []
        plan.stepCount = min(stepCount, 20)
        solo[one] = try plan.simulate().examplesPerSecond
      }
      sum += Double(device.count) * (solo[one] ?? 0)
    }
    estimate.efficiency = sum > 0 ? estimate.examplesPerSecond / sum : 0
    return estimate
  }

  private func simulate() throws -> ClusterEstimate {
    let scenario = self.scenario
    let cluster = VirtualCluster(scenario)
    var record = StepRecord()
    let isComplete = try cluster.run { step in
      record.endStep(of: cluster, isCounted: step >= Self.learningSteps)
    }
    guard isComplete else { throw cluster.violation("no device is left") }
    let seconds = median(record.seconds)
    return ClusterEstimate(
      deviceCount: deviceCount, stepSeconds: seconds,
      longestStepSeconds: record.seconds.max() ?? 0,
      examplesPerSecond: Double(scenario.grainCount * grainSize) / seconds, efficiency: 0,
      exposedSeconds: median(record.exposed), splitSeconds: median(record.splits),
      longestSplitSeconds: record.splits.max() ?? 0,
      decisionSeconds: median(record.decisions),
      longestDecisionSeconds: cluster.tally.longestDecision,
      lostReplicas: cluster.tally.faults.count)
  }

  private var scenario: Scenario {
    var scenario = Scenario()
    scenario.chanceSeed = seed
    scenario.isChecked = false
    let bytes = Double(parameterCount) * 8
    // The first is small, so that traffic starts early.
    let rest = Double(max(1, bucketCount)) - 0.75
    scenario.bucketBytes = (0..<max(1, bucketCount)).map { bytes * ($0 == 0 ? 0.25 : 1) / rest }
    // Weights and two moments.
    scenario.stateBytes = Double(parameterCount) * 12
    scenario.reducerBytesPerSecond = reducerBytesPerSecond
    scenario.stepCount = Self.learningSteps + stepCount
    scenario.grainCount = max(1, (batchSize + grainSize - 1) / grainSize)
    scenario.devices = devices.flatMap { device in
      Array(
        repeating: VirtualProfile(
          fixedSeconds: device.fixedSeconds,
          secondsPerGrain: Double(grainSize) / device.examplesPerSecond,
          waveGrains: max(1, waveSize / grainSize), jitter: device.jitter,
          bytesPerSecondDown: device.bytesPerSecond, bytesPerSecondUp: device.bytesPerSecond,
          sharesMemory: device.sharesMemory), count: max(0, device.count))
    }
    for injection in injections { inject(injection, into: &scenario) }
    return scenario
  }

  private func inject(_ injection: Injection, into scenario: inout Scenario) {
    guard let device = Int(injection.device), scenario.devices.indices.contains(device) else {
      return
    }
    let step = injection.step - 1 + Self.learningSteps
    let fault: VirtualFault
    switch injection.kind {
    case .error: fault = .error
    case .hang: fault = .silence
    case .leave: fault = .leave
    case .slow(let factor): fault = .slow(factor, orders: .max)
    case .bits:
      fault = .wrongBits(.persistent)
      scenario.auditInterval = 1
      scenario.isChecked = true
    case .join:
      scenario.devices[device].firstStep = step
      return
    }
    scenario.faults.append(PlannedFault(device: device, moment: .step(step), fault: fault))
  }
}

/// What each step took.
private struct StepRecord {
  var seconds: [Double] = []
  var exposed: [Double] = []
  var splits: [Double] = []
  var decisions: [Double] = []
  private var begin = 0.0

  mutating func endStep(of cluster: VirtualCluster, isCounted: Bool) {
    let computing = cluster.devices.map(\.computing).max() ?? 0
    if isCounted {
      seconds.append(cluster.now - begin)
      exposed.append(max(0, cluster.now - begin - computing))
      splits.append(cluster.tally.splitSeconds)
      decisions.append(cluster.tally.decisionSeconds)
    } else {
      cluster.tally.longestDecision = 0
    }
    begin = cluster.now
    for device in cluster.devices { device.computing = 0 }
    cluster.tally.decisionSeconds = 0
  }
}

private func median(_ values: [Double]) -> Double {
  values.isEmpty ? 0 : values.sorted()[values.count / 2]
}
