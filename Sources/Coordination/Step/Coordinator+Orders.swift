// Orders, their lanes and their deadlines.
extension Coordinator {
  /// Sends an order, which waits in its lane behind the replica's earlier ones.
  @discardableResult
  mutating func send(_ work: Work, to replica: Int) -> Order {
    let order = Order(id: nextOrder, replica: replica, step: step, work: work)
    nextOrder += 1
    outstanding[order.id] = Outstanding(
      order: order, attempt: attempt, version: members[replica].version)
    let lane = work.lane.rawValue
    members[replica].queues[lane].append(order.id)
    if case .update = work { members[replica].updating.append(step) }
    actions.append(.send(order))
    if members[replica].queues[lane].count == 1 { startHead(of: lane, replica) }
    return order
  }

  /// The time of the order at the head of a lane begins.
  private mutating func startHead(of lane: Int, _ replica: Int) {
    guard let head = members[replica].queues[lane].first, let waiting = outstanding[head] else {
      return
    }
    // It waits for the uploads before it, which have deadlines of their own.
    if case .update = waiting.order.work, isBehindUpload(head, replica) { return }
    let expected = expectedSeconds(waiting.order)
    outstanding[head]?.started = now
    let deadline = now + patience.allowance(waiting.order.work, expected: expected)
    outstanding[head]?.deadline = deadline
    earliestDeadline = min(earliestDeadline, deadline)
  }

  private func isBehindUpload(_ update: Int, _ replica: Int) -> Bool {
    members[replica].queues[Work.Lane.transfer.rawValue].first.map { $0 < update } ?? false
  }

  /// What an order should take; nil while nothing is known.
  func expectedSeconds(_ order: Order) -> Seconds? {
    switch order.work {
    case .compute(let portion):
      let curve = scheduler.curves[order.replica]
      guard curve.sampleCount > 0, let known = durations[order.replica].expected(order.work) else {
        return nil
      }
      return max(known, curve.seconds(grains: portion.grains.count))
    case .evaluate(let grains):
      // A forward pass is no longer than forward and backward.
      guard scheduler.curves[order.replica].sampleCount > 0,
        durations[order.replica].expected(order.work) != nil
      else { return nil }
      return scheduler.curves[order.replica].seconds(grains: grains.count)
    default:
      return durations[order.replica].expected(order.work)
    }
  }

  /// Takes an order that is done from its lane; nil if it belongs to a replica that was given up.
  private mutating func retire(_ id: Int) -> Outstanding? {
    guard let done = outstanding.removeValue(forKey: id) else { return nil }
    let (replica, lane) = (done.order.replica, done.order.work.lane.rawValue)
    members[replica].queues[lane].removeAll { $0 == id }
    startHead(of: lane, replica)
    // An update that has waited for the upload.
    if done.order.work.lane == .transfer,
      let head = members[replica].queues[Work.Lane.main.rawValue].first,
      outstanding[head]?.started == nil
    {
      startHead(of: Work.Lane.main.rawValue, replica)
    }
    return done
  }

  mutating func complete(_ id: Int, _ seconds: Seconds) {
    guard let done = retire(id) else { return }
    let replica = done.order.replica
    if let started = done.started { durations[replica].record(done.order.work, now - started) }
    switch done.order.work {
    case .prepare: members[replica].status = .ready
    case .update:
      members[replica].updating.removeFirst()
      members[replica].updateSeconds = seconds
    case .compute, .evaluate:
      if audit?.takeDone(order: id) == true { return }
      guard done.attempt == attempt,
        let index = members[replica].running.firstIndex(where: { $0.order == id })
      else { return }
      let piece = members[replica].running.remove(at: index).piece
      members[replica].computed.append(Member.Computed(grains: piece.grains, order: id))
      members[replica].seconds += seconds
    case .load, .deliver, .upload, .read: break
    }
  }
}
