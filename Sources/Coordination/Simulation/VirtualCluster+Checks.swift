// The invariants that a run is checked for; others are checked where they could break.
extension VirtualCluster {
  /// After every event: whoever is waited for has a deadline.
  func checkWaits() throws {
    guard !coordinator.outstanding.isEmpty else { return }
    guard let next = coordinator.nextDeadline else { throw violation("a wait without a deadline") }
    // All of many devices are looked at now and then only.
    guard devices.count <= 16 || tally.eventCount % 256 == 0 else { return }
    for (id, member) in coordinator.members.enumerated() {
      for lane in 0..<2 {
        let orders = devices[id].lanes[lane].map(\.id)
        guard isOut[id] || member.queues[lane] == orders else {
          throw violation("replica \(id) waits for other orders than it was sent")
        }
        guard let head = member.queues[lane].first else { continue }
        // An update waits for uploads, whose deadlines count.
        if lane == 0, let upload = member.queues[1].first, upload < head,
          case .update = coordinator.outstanding[head]?.order.work
        {
          continue
        }
        guard let deadline = coordinator.outstanding[head]?.deadline, deadline >= next else {
          throw violation("order \(head) of replica \(id) has no deadline")
        }
      }
    }
  }

  /// At the end of a step: every grain is counted exactly once, in buckets of the last epoch.
  func checkFinished() throws {
    let accepted = coordinator.accepted
    var next = 0
    for work in accepted {
      guard work.grains.lowerBound == next, !isOut[work.replica] else {
        throw violation("grain \(next) is not counted exactly once")
      }
      next = work.grains.upperBound
    }
    let expected = coordinator.grainCount
    guard next == expected else { throw violation("\(next) grains of \(expected) are counted") }
    if coordinator.isEvaluation {
      let sum = accepted.reduce(UInt64(0)) { $0 &+ (measures[$1.order] ?? 0) }
      let truth = (0..<expected).reduce(UInt64(0)) {
        $0 &+ model.measure(grain: $1, weights: weights[weights.count - 1])
      }
      guard sum == truth else { throw violation("an evaluation is wrong") }
      return
    }
    let sums = reducer.sums
    guard sums.allSatisfy({ $0.step == step && $0.epoch == coordinator.epoch }) else {
      throw violation("the step ends before all buckets of its last epoch are summed")
    }
    let truth = model.reduced(step: step, grainCount: expected, weights: weights[step])
    for (bucket, sum) in sums.enumerated() where !sum.isWrong && sum.value != truth[bucket] {
      throw violation("the sum of bucket \(bucket) is not the sum of all grains")
    }
    try checkAudit(accepted.map(\.order))
  }

  /// What was found wrong by an audit is not committed.
  private func checkAudit(_ accepted: [Int]) throws {
    for opinions in opinions.values {
      guard let counted = opinions.first(where: { accepted.contains($0.order) && $0.isWrong })
      else { continue }
      let others = opinions.filter {
        $0.device != counted.device && !coordinator.isOutstanding($0.order) && !isOut[$0.device]
      }
      if !others.isEmpty {
        throw violation("a grain with wrong bits is committed in spite of an audit")
      }
    }
  }
}
