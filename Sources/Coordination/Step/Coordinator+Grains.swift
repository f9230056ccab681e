// Which replica computes which grains, and when.
extension Coordinator {
  /// Portions in a replica's queue at a time: the second keeps the device busy while the first's results are read.
  private static let depth = 2

  /// Cuts a replica's grains to portions that its memory holds, all of nearly the same size.
  ///
  /// Where the time of a replica is not certain, its share is cut finer, so that an idle one can take some over: if more
  /// may be lost by waiting for it than by what each portion costs whatever its grains.
  func pieces(_ grains: Range<Int>, for replica: Int) -> [Member.Piece] {
    guard !grains.isEmpty else { return [] }
    var count = (grains.count + members[replica].waveGrains - 1) / members[replica].waveGrains
    let fine = min(Self.fineCount, grains.count)
    if fine > count && activeReplicas.count > 1 {
      let curve = scheduler.curves[replica]
      let wait = curve.deviation * curve.seconds(grains: grains.count) / 2
      let cost = Double(fine - count) * max(curve.fixedSeconds, Self.leastFixedSeconds)
      if curve.deviation > Self.tolerableDeviation && wait > cost { count = fine }
    }
    return (0..<count).map { index in
      let first = grains.lowerBound + grains.count * index / count
      let end = grains.lowerBound + grains.count * (index + 1) / count
      return Member.Piece(grains: first..<end)
    }
  }

  private static let tolerableDeviation = 0.15
  private static let fineCount = 4
  /// What a portion costs at least: its order, its examples and its results go from thread to thread.
  private static let leastFixedSeconds: Seconds = 5e-4

  /// Does all that can be done now: orders grains, hands them over, sums buckets, ends the step.
  mutating func pump() {
    guard phase == .computing || phase == .auditing else { return }
    if phase == .computing {
      for id in activeReplicas { orderGrains(id) }
      handOverGrains()
      if !isEvaluation { orderReductions() }
    }
    finishIfDone()
  }

  private mutating func orderGrains(_ id: Int) {
    // Its memory is being read: it must not change now.
    guard members[id].readers == 0 else { return }
    while members[id].running.count < Self.depth, let piece = members[id].planned.first {
      members[id].planned.removeFirst()
      members[id].version += 1
      let order: Order
      if isEvaluation {
        order = send(.evaluate(piece.grains), to: id)
      } else {
        let delivers = members[id].planned.isEmpty
        if delivers { members[id].deliveringVersion = members[id].version }
        order = send(
          .compute(
            Portion(
              grains: piece.grains, isFirst: members[id].version == 1, delivers: delivers,
              digests: piece.digests)), to: id)
      }
      members[id].running.append((piece, order.id))
    }
    // Others took the grains behind which its buckets were to be handed in.
    if !isEvaluation, members[id].planned.isEmpty, members[id].version > 0,
      members[id].deliveringVersion < members[id].version
    {
      members[id].deliveringVersion = members[id].version
      send(.deliver, to: id)
    }
  }

  /// Lets idle replicas take grains that slower ones have not begun, where the step then ends earlier.
  private mutating func handOverGrains() {
    guard case .measured = scheduler.split else { return }
    // An audited grain stays where it is.
    var victims = members.indices.filter { members[$0].planned.last?.digests == false }
      .map { (id: $0, seconds: remainingSeconds($0)) }
    guard !victims.isEmpty else { return }
    for thief in activeReplicas where members[thief].isIdle && members[thief].readers == 0 {
      guard let index = victims.indices.max(by: { victims[$0].seconds < victims[$1].seconds }),
        let piece = members[victims[index].id].planned.last
      else { return }
      let cost = scheduler.curves[thief].seconds(grains: piece.grains.count)
      guard cost < 0.9 * victims[index].seconds else { continue }
      let victim = victims[index].id
      members[victim].planned.removeLast()
      members[thief].planned.append(piece)
      orderGrains(thief)
      if members[victim].planned.isEmpty { orderGrains(victim) }
      victims[index].seconds = remainingSeconds(victim)
      if members[victim].planned.last?.digests != false { victims.remove(at: index) }
    }
  }

  /// What a replica still needs for its grains, by what is expected.
  private func remainingSeconds(_ id: Int) -> Seconds {
    let curve = scheduler.curves[id]
    let planned = members[id].planned.reduce(0) { $0 + $1.grains.count }
    let running = members[id].running.reduce(0) { $0 + $1.piece.grains.count }
    var seconds = curve.seconds(grains: planned + running)
    if let head = members[id].running.first?.order, let started = outstanding[head]?.started {
      // It has been at work for a while; one that takes longer than expected is expected to need as long again.
      let elapsed = now - started
      let first = curve.seconds(grains: members[id].running.first?.piece.grains.count ?? 0)
      seconds = max(seconds - elapsed, seconds - first)
      if elapsed > first, first > 0 { seconds *= elapsed / first }
    }
    return max(0, seconds)
  }

  /// Ends the step when every grain is counted and every bucket summed.
  private mutating func finishIfDone() {
    guard phase == .computing, !activeReplicas.isEmpty,
      activeReplicas.allSatisfy({ members[$0].isIdle }),
      isEvaluation || reducedBuckets.count == bucketCount
    else { return }
    let counted = accepted
    precondition(
      counted.reduce(0) { $0 + $1.grains.count } == grainCount
        && zip(counted, counted.dropFirst()).allSatisfy {
          $0.grains.upperBound == $1.grains.lowerBound
        },
      "every grain is counted exactly once")
    if audit != nil { return beginAudit() }
    finish()
  }

  mutating func finish() {
    if recordsTimes {
      for id in activeReplicas where members[id].version > 0 {
        let grains = members[id].computed.reduce(0) { $0 + $1.grains.count }
        // A device that takes part does the step's update as well, however few its grains are.
        scheduler.record(
          replica: id, grains: grains, seconds: members[id].seconds + members[id].updateSeconds)
      }
    }
    phase = .finished
    actions.append(.finished)
  }

  /// Whose work counts: grains, ascending, with the order that computed them and its replica.
  public var accepted: [(grains: Range<Int>, order: Int, replica: Int)] {
    activeReplicas.flatMap { id in
      members[id].computed.map { (grains: $0.grains, order: $0.order, replica: id) }
    }.sorted { $0.grains.lowerBound < $1.grains.lowerBound }
  }

  /// Seconds that each replica's own grains took in this step, and how many they were; by number.
  public var work: [(grains: Int, seconds: Seconds)] {
    members.map { member in
      (member.computed.reduce(0) { $0 + $1.grains.count }, member.seconds)
    }
  }
}
