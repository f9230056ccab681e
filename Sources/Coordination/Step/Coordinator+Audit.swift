// One grain is computed twice now and then: wrong bits are found, and the device that makes them.
extension Coordinator {
  /// Chooses a replica and the first grain of its share, which it computes by itself.
  mutating func chooseAudit() {
    let subjects = activeReplicas.filter { !members[$0].planned.isEmpty }
    guard activeReplicas.count > 1, !subjects.isEmpty else { return }
    // One that somebody disagreed with, when the step had to be begun anew, comes first.
    let subject =
      subjects.first { suspects.contains($0) } ?? subjects[auditCount % subjects.count]
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
    askSecond()
  }

  /// Asks a replica that takes part; if there is none, one in reserve, but only to settle a dispute.
  private mutating func askSecond() {
    guard let audit else { return }
    self.audit?.restart()
    let others = activeReplicas.filter { $0 != audit.subject }
    if !others.isEmpty { return ask(others[auditCount % others.count]) }
    guard audit.isDisputed else { return endAudit() }
    if !askReserve() { undecided(audit) }
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
    if verdict != .same { self.audit?.isDisputed = true }
    switch (verdict, audit.stage) {
    case (.same, _):
      for opinion in audit.opinions { members[opinion.replica].lastCleanAudit = step }
      endAudit()
    case (.guilty(let replica), _): convict(replica)
    case (.unknown, .second): askThird()
    case (.unknown, .third): askAgain()
    case (.unknown, _): undecided(audit)
    }
  }

  private mutating func undecided(_ audit: Audit) {
    let others = audit.opinions.dropFirst().map(\.replica).filter { $0 != audit.subject }
    let replicas = [audit.subject] + (others.isEmpty ? audit.lost.sorted() : [others[0]])
    actions.append(.undecided(grain: audit.grain, replicas: replicas))
    phase = .idle
  }

  /// Another replica that takes part, or one in reserve.
  private mutating func askThird() {
    guard let audit else { return }
    self.audit?.stage = .third
    if let third = activeReplicas.first(where: { !audit.involves($0) }) { return ask(third) }
    if !askReserve() { askAgain() }
  }

  /// Asks a replica in reserve, which gets the run's weights first; whether there is one.
  private mutating func askReserve() -> Bool {
    let reserve = members.indices.first {
      members[$0].isReserve && audit?.involves($0) == false && members[$0].status != .evicted
    }
    guard let reserve else { return false }
    if members[reserve].status == .absent {
      members[reserve].status = .preparing
      send(.prepare, to: reserve)
    }
    send(.load, to: reserve)
    ask(reserve)
    return true
  }

  private mutating func askAgain() {
    guard let audit else { return }
    self.audit?.stage = .repeated
    self.audit?.opinions = Array(audit.opinions.prefix(2))
    for opinion in audit.opinions.prefix(2) { ask(opinion.replica) }
  }

  /// Gives up the one whose bits are wrong; the step is computed anew if it had a share in it.
  private mutating func convict(_ replica: Int) {
    guard var audit else { return }
    self.audit = nil
    // That another is guilty does not clear the subject.
    let isSettled = replica == audit.subject || audit.isConfirmed
    if !isSettled { suspects.append(audit.subject) }
    giveUp(replica, .wrongBits(grain: audit.grain, since: members[replica].lastCleanAudit))
    guard phase == .auditing else { return }
    // It had no share in this step, so what the others have summed is right.
    guard !isSettled else { return finish() }
    audit.lost.insert(replica)
    self.audit = audit
    askSecond()
  }

  private mutating func endAudit() {
    audit = nil
    finish()
  }

  /// A replica that an audit asked was given up.
  ///
  /// If it had a share in the step, the step is computed anew and audited again; otherwise the audit goes on
  /// without it, from the start: a disagreement with one who is gone says little.
  mutating func auditorLost(_ replica: Int, hadGrains: Bool) {
    guard hadGrains else {
      audit?.lost.insert(replica)
      return askSecond()
    }
    if let audit, audit.isDisputed { suspects += [audit.subject] + audit.opinions.map(\.replica) }
    audit = nil
  }
}
