// One grain is computed twice now and then: wrong bits are found, and the device that makes them.
extension Coordinator {
  /// Chooses a replica and the first grain of its share, which it computes by itself.
  mutating func chooseAudit() {
    let subjects = activeReplicas.filter { !members[$0].planned.isEmpty }
    guard activeReplicas.count > 1, !subjects.isEmpty else { return }
    let subject = subjects[auditCount % subjects.count]
    auditCount += 1
    let piece = members[subject].planned[0].grains
    let grain = piece.lowerBound
    audit = Audit(grain: grain, subject: subject)
    var pieces = [Member.Piece(grains: grain..<grain + 1, digests: true)]
    if piece.count > 1 { pieces.append(Member.Piece(grains: grain + 1..<piece.upperBound)) }
    members[subject].planned.replaceSubrange(0..<1, with: pieces)
  }

  /// Takes in the bits of the audited grain.
  mutating func takeDigest(_ id: Int, _ digest: [UInt8]) {
    guard let order = outstanding[id], audit != nil else { return }
    let replica = order.order.replica
    guard order.attempt == attempt, audit?.pending[id] != nil || audit?.stage == .waiting else {
      return
    }
    audit?.opinions.append(Audit.Opinion(replica: replica, digest: digest))
    if phase == .auditing { weigh() }
  }

  /// All grains are counted; now others compute the audited one.
  mutating func beginAudit() {
    phase = .auditing
    guard let audit, !audit.opinions.isEmpty else { return endAudit() }
    let others = activeReplicas.filter { $0 != audit.subject }
    guard !others.isEmpty else { return endAudit() }
    self.audit?.stage = .second
    ask(others[auditCount % others.count])
  }

  private mutating func ask(_ replica: Int) {
    guard let audit else { return }
    let grains = audit.grain..<audit.grain + 1
    let order = send(
      .compute(Portion(grains: grains, isFirst: true, delivers: false, digests: true)), to: replica)
    self.audit?.pending[order.id] = replica
  }

  private mutating func weigh() {
    guard let audit, let verdict = audit.verdict else { return }
    switch (verdict, audit.stage) {
    case (.same, _):
      lastCleanAudit = step
      endAudit()
    case (.guilty(let replica), _): convict(replica)
    case (.unknown, .second): askThird()
    case (.unknown, .third): askAgain()
    case (.unknown, _):
      actions.append(
        .undecided(grain: audit.grain, replicas: audit.opinions.prefix(2).map(\.replica)))
    }
  }

  /// Another replica that takes part, or one in reserve, which gets the run's weights first.
  private mutating func askThird() {
    guard let audit else { return }
    if let third = activeReplicas.first(where: { !audit.involves($0) }) {
      self.audit?.stage = .third
      return ask(third)
    }
    guard
      let reserve = members.indices.first(where: {
        members[$0].isReserve && !audit.involves($0) && members[$0].status != .evicted
      })
    else { return askAgain() }
    self.audit?.stage = .third
    if members[reserve].status == .absent {
      members[reserve].status = .preparing
      send(.prepare, to: reserve)
    }
    send(.load, to: reserve)
    ask(reserve)
  }

  private mutating func askAgain() {
    guard let audit else { return }
    self.audit?.stage = .repeated
    self.audit?.opinions = Array(audit.opinions.prefix(2))
    for opinion in audit.opinions.prefix(2) { ask(opinion.replica) }
  }

  /// The step is computed anew without the one whose bits are wrong.
  private mutating func convict(_ replica: Int) {
    guard let audit else { return }
    self.audit = nil
    giveUp(replica, .wrongBits(grain: audit.grain, since: lastCleanAudit))
    // It had no share in this step, so what the others have summed is right.
    if phase == .auditing { finish() }
  }

  private mutating func endAudit() {
    audit = nil
    finish()
  }

  /// A replica that an audit asked, or was about, was given up.
  mutating func auditorLost(_ replica: Int, hadGrains: Bool) {
    guard let audit, !hadGrains else {
      self.audit = nil
      return
    }
    self.audit?.pending = audit.pending.filter { $0.value != replica }
    switch audit.stage {
    case .waiting: break
    case .second:
      let others = activeReplicas.filter { $0 != audit.subject }
      if others.isEmpty { endAudit() } else { ask(others[0]) }
    case .third: askAgain()
    case .repeated: askThird()
    }
  }
}
