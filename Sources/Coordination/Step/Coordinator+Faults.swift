// What follows when a replica is given up.
extension Coordinator {
  /// Gives a replica up; the others compute its grains in the same step.
  mutating func giveUp(_ replica: Int, _ fault: Fault) {
    let status = members[replica].status
    guard status != .absent && status != .evicted else { return }
    for queue in members[replica].queues { for id in queue { outstanding[id] = nil } }
    let tookPart = members[replica].takesPart
    let grains = members[replica].abandon(as: fault.isForGood ? .evicted : .absent)
    noteStatus()
    actions.append(.abandon(replica: replica, fault: fault))
    let isAuditing = phase == .auditing
    let hadGrains = tookPart && !grains.isEmpty
    if isAuditing, hadGrains || audit?.involves(replica) == true {
      auditorLost(replica, hadGrains: hadGrains)
    }
    if audit?.subject == replica { audit = nil }
    guard tookPart, phase == .computing || phase == .auditing else { return }
    guard !activeReplicas.isEmpty else { return endWithoutReplicas() }
    guard !grains.isEmpty else { return }
    actions.append(.takeOver(grains: grains.reduce(0) { $0 + $1.count }, from: replica))
    // Sums that others handed in are gone where they have computed an audited grain since.
    if isAuditing { return beginAttempt() }
    forgetReductions()
    distribute(grains)
  }

  /// The attempt ends; what comes of it later counts no more.
  mutating func endWithoutReplicas() {
    phase = .idle
    actions.append(.noReplicaLeft)
  }

  /// Splits grains of a replica that was given up over the others.
  private mutating func distribute(_ grains: [Range<Int>]) {
    let live = activeReplicas
    var rest = grains.sorted { $0.lowerBound < $1.lowerBound }
    let total = rest.reduce(0) { $0 + $1.count }
    for (id, share) in zip(live, scheduler.shards(grainCount: total, live: live)) {
      var wanted = share.count
      while wanted > 0, let first = rest.first {
        let end = min(first.upperBound, first.lowerBound + wanted)
        members[id].planned += pieces(first.lowerBound..<end, for: id)
        wanted -= end - first.lowerBound
        rest.removeFirst()
        if end < first.upperBound { rest.insert(end..<first.upperBound, at: 0) }
      }
    }
  }
}
