// The loop of a trainer.
extension VirtualCluster {
  /// Trains all steps.
  ///
  /// - Returns: Whether it came to its end; otherwise no replica was left, or audits could not be decided.
  func run(afterStep: (Int) -> Void = { _ in }) throws -> Bool {
    for profile in devices.map(\.profile) {
      _ = coordinator.add(
        expectedSecondsPerGrain: profile.secondsPerGrain, waveGrains: profile.waveGrains,
        isReserve: profile.isReserve)
    }
    admitDevices(of: 0)
    try advance { coordinator.preparingReplicas.isEmpty }
    while step < scenario.stepCount {
      if step > 0 { admitDevices(of: step) }
      if isDue(scenario.evaluationInterval), try attempt(isEvaluation: true) != .finished {
        return false
      }
      repeat {
        guard try attempt(isEvaluation: false) == .finished else { return false }
      } while dice.chance(scenario.rescaleChance)
      commit()
      afterStep(step)
      step += 1
      if isDue(scenario.readInterval) { try read() }
    }
    // The last updates.
    try advance { coordinator.outstanding.isEmpty }
    return true
  }

  private func isDue(_ interval: Int) -> Bool { interval > 0 && step % interval == 0 }

  private func admitDevices(of step: Int) {
    for index in devices.indices where devices[index].profile.firstStep == step {
      if step == 0 {
        decide { $0.admit(index, now: now) }
      } else {
        expectArrival(index, after: scenario.usualSeconds * dice.unit())
      }
    }
  }

  /// Computes or evaluates a batch, anew as long as replicas come that can.
  private func attempt(isEvaluation: Bool) throws -> Outcome {
    while true {
      outcome = nil
      opinions = [:]
      measures = [:]
      log.record(.note(isEvaluation ? "evaluate in step" : "begin step", step), at: now)
      let grains = scenario.grains(of: step)
      decide {
        if isEvaluation {
          $0.beginEvaluation(step: step, grainCount: grains, now: now)
        } else {
          $0.begin(
            step: step, grainCount: grains, audits: isDue(scenario.auditInterval), now: now)
        }
      }
      tally.splitSeconds = tally.lastDecision
      try advance { outcome != nil }
      guard outcome == .noReplicaLeft else { return outcome ?? .noReplicaLeft }
      guard coordinator.activeReplicas.isEmpty else {
        throw violation("no replica is said to be left, and some are")
      }
      // Reserves take no part.
      try advance {
        coordinator.preparingReplicas.isEmpty && (arrivalsAhead == 0 || isAnyReady)
      }
      guard isAnyReady else { return .noReplicaLeft }
    }
  }

  private var isAnyReady: Bool {
    coordinator.members.contains { $0.status == .ready && !$0.isReserve }
  }

  private func commit() {
    let reduced = reducer.sums
    isTainted = isTainted || reduced.contains(where: \.isWrong)
    committed.append(reduced.map(\.value))
    weights.append(
      model.updated(weights[step], step: step, reduced: reduced.map(\.value)))
    log.record(.note("commit step", step), at: now)
    decide { $0.commit(now: now) }
  }

  /// Reads the weights, from another replica if the first is lost.
  private func read() throws {
    while let replica = coordinator.activeReplicas.first {
      let order = decide { $0.requestState(of: replica, now: now) }
      try advance { !coordinator.isOutstanding(order.id) }
      guard let weights = readWeights[order.id] else { continue }
      guard weights == self.weights[step] else { throw violation("other weights were read") }
      return
    }
  }

  /// The weights of one device without faults that computes everything.
  var referenceWeights: UInt64 {
    (0..<step).reduce(model.initialWeights) { weights, step in
      model.updated(
        weights, step: step,
        reduced: model.reduced(
          step: step, grainCount: scenario.grains(of: step), weights: weights))
    }
  }
}
