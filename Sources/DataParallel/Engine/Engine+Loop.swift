import ComputeGraph
import Coordination
import Execution
import Foundation
import Timeline

// The loop: actions are carried out, events are taken in.
extension Engine {
  /// Runs `begin` and what follows from it until the step is finished, again where all devices were lost and others
  /// are on their way.
  func untilFinished(_ begin: (Engine) -> Void) throws {
    while true {
      (isFinished, isAlone) = (false, false)
      begin(self)
      run { $0.isFinished || $0.isAlone || $0.undecided != nil }
      if isFinished { return }
      if let (grain, replicas) = undecided {
        throw TrainingError.devicesDisagree(
          grain: grain, devices: replicas.map { names[$0] }, step: ledger.step)
      }
      guard !coordinator.preparingReplicas.isEmpty else { throw noDeviceLeft }
      run { $0.coordinator.preparingReplicas.isEmpty }
    }
  }

  /// Carries out actions and takes events in until `condition` holds.
  func run(until condition: (Engine) -> Bool) {
    while true {
      perform()
      if condition(self) { return }
      let instant = coordinator.nextDeadline.map { start + .seconds($0) }
      // What has arrived counts, also where nobody looked for longer than a deadline: between two steps.
      guard let event = mailbox.next(until: instant) else {
        coordinator.expire(now: now)
        continue
      }
      take(event)
      if let reading, isDone(reading) {
        self.reading = nil
        settle(reading)
      }
    }
  }

  private func take(_ event: EngineEvent) {
    switch event {
    case .completed(let order, let seconds, let outcome):
      if coordinator.isOutstanding(order) { outcomes[order] = outcome }
      handle(.completed(order: order, seconds: seconds))
    case .delivered(let order, let bucket, let part):
      guard let replica = coordinator.replica(ofOutstanding: order) else { return }
      parts[replica][bucket] = part
      handle(.delivered(order: order, bucket: bucket))
    case .digest(let order, let digest): handle(.digest(order: order, digest: digest))
    case .state(let order, let state):
      if coordinator.isOutstanding(order) { states[order] = state }
    case .failed(let order, let reason): handle(.failed(order: order, reason: reason))
    case .lost(let replica, let reason): handle(.lost(replica: replica, reason: reason))
    case .reduced(let bucket, let epoch, let outcomes):
      bucketOutcomes[bucket] = outcomes
      handle(.reduced(bucket: bucket, epoch: epoch))
    }
  }

  private func handle(_ event: Event) { coordinator.handle(event, now: now) }

  /// Carries out all actions.
  func perform() {
    while true {
      let actions = coordinator.takeActions()
      guard !actions.isEmpty else { return }
      for action in actions { perform(action) }
    }
  }

  private func perform(_ action: Action) {
    switch action {
    case .send(let order):
      if case .prepare = order.work {
        ports[order.replica] = makePort(
          order.replica, ledger.step)
      }
      if case .load = order.work, ledger.step > firstStep || wasLost(order.replica) {
        notify(.joined(name: names[order.replica], step: ledger.step))
      }
      ports[order.replica]?.take(Assignment(order: order, payload: payload(of: order)))
    case .reduce(let bucket, let replicas, let epoch):
      let parts = replicas.compactMap { self.parts[$0][bucket] }
      let (scales, gradients) = (input?.scales ?? [], gradients)
      let step = ledger.step
      reducing.submit { [reducer, mailbox, trace] in
        let start = trace?.now() ?? 0
        let outcomes = reducer.reduce(bucket: bucket, parts, scales: scales, to: gradients)
        trace?.add(
          Span(
            .host("reducer"), .reduce, "bucket \(bucket)", start: start, end: trace?.now() ?? 0,
            step: step, notes: ["replicas": "\(parts.count)"]))
        mailbox.post(.reduced(bucket: bucket, epoch: epoch, outcomes))
      }
    case .abandon(let replica, let fault):
      ports[replica]?.abandon()
      // Its memory is given up on its thread, which ends with it.
      parts[replica] = layout.buckets.map { _ in nil }
      ports[replica] = nil
      lastFault = (names[replica], fault)
      lost.insert(replica)
      if let trace {
        trace.add(
          Span(
            .host("scheduler"), .fault, "device \(names[replica]) given up", start: trace.now(),
            end: trace.now(), step: ledger.step))
      }
      notify(.lost(replica: replica, name: names[replica], step: ledger.step, fault: fault))
    case .takeOver(let grains, let replica):
      notify(.tookOver(grains: grains, from: names[replica]))
    case .finished: isFinished = true
    case .noReplicaLeft: isAlone = true
    case .undecided(let grain, let replicas): undecided = (grain, replicas)
    }
  }

  private func payload(of order: Order) -> Assignment.Payload {
    switch order.work {
    case .load: return .state(ledger.state())
    case .compute, .evaluate:
      guard let input else { return .none }
      return .batch(input.batch, input.source, input.scales, ahead: ahead(of: order))
    case .upload: return .gradients(gradients)
    case .update: return numbers.map { .numbers($0) } ?? .none
    case .prepare:
      parts[order.replica] = layout.buckets.map { _ in nil }
      return .none
    case .deliver, .read: return .none
    }
  }

  /// What a replica is expected to begin the next step with: the same grains as in this one.
  private func ahead(of order: Order) -> Shard? {
    guard case .compute(let portion) = order.work, let input, let next = input.next else {
      return nil
    }
    if portion.isFirst { firstGrains[order.replica] = portion.grains }
    guard portion.delivers, let grains = firstGrains[order.replica],
      grains.upperBound <= next.grainCount
    else { return nil }
    return Shard(batch: next, grains: grains, source: input.source)
  }
}
