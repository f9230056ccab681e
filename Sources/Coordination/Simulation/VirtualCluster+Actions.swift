// What the coordinator wants done.
extension VirtualCluster {
  func perform() throws {
    while true {
      let actions = coordinator.takeActions()
      guard !actions.isEmpty else { return }
      for action in actions {
        log.record(.action(action), at: now)
        try perform(action)
      }
    }
  }

  private func perform(_ action: Action) throws {
    switch action {
    case .send(let order): try accept(order)
    case .reduce(let bucket, let replicas, let epoch): try reduce(bucket, replicas, epoch)
    case .abandon(let replica, let fault): try abandon(replica, fault)
    case .takeOver: tally.takeOvers += 1
    case .finished: try end(.finished)
    case .noReplicaLeft: try end(.noReplicaLeft)
    case .undecided(_, let replicas):
      guard replicas.contains(where: { devices[$0].hadWrongBits }) else {
        throw violation("replicas whose bits are right are said to disagree")
      }
      try end(.undecided)
    }
  }

  private func end(_ ending: Outcome) throws {
    guard outcome == nil else { throw violation("a step ends twice") }
    outcome = ending
    if scenario.isChecked, ending == .finished { try checkFinished() }
  }

  private func accept(_ order: Order) throws {
    let lane = order.work.lane.rawValue
    if case .prepare = order.work {
      guard isOut[order.replica], !isEvicted[order.replica] else {
        throw violation("replica \(order.replica) is prepared, and is there or evicted")
      }
      isOut[order.replica] = false
    }
    guard !isOut[order.replica] else {
      throw violation("replica \(order.replica), which was given up, gets an order")
    }
    guard order.id > lastOrders[order.replica][lane] else {
      throw violation("orders of replica \(order.replica) are out of order")
    }
    lastOrders[order.replica][lane] = order.id
    devices[order.replica].lanes[lane].append(order)
    startLane(of: order.replica, lane)
  }

  private func reduce(_ bucket: Int, _ replicas: [Int], _ epoch: Int) throws {
    guard replicas.allSatisfy({ !isOut[$0] }) else {
      throw violation("bucket \(bucket) is summed over a replica that was given up")
    }
    let sources = replicas.map { id in
      VirtualReducer.Source(
        device: id, life: devices[id].life, memory: devices[id].memory,
        stamp: devices[id].memory.read(bucket).stamp)
    }
    reducer.jobs.append(
      VirtualReducer.Job(bucket: bucket, epoch: epoch, step: step, sources: sources))
    startReduction()
  }

  func startReduction() {
    guard let job = reducer.begin() else { return }
    let bytes = scenario.bucketBytes[job.bucket] * Double(job.sources.count + 1)
    heap.insert(.reduced, at: now + 1e-6 + bytes / scenario.reducerBytesPerSecond)
  }

  private func abandon(_ replica: Int, _ fault: Fault) throws {
    guard !isOut[replica] else { throw violation("replica \(replica) is given up twice") }
    if case .wrongBits = fault {
      guard devices[replica].hadWrongBits else {
        throw violation("replica \(replica) is evicted, and its bits are right")
      }
      isEvicted[replica] = true
    } else {
      guard devices[replica].hadGraveFault else {
        throw violation("replica \(replica) is given up without a reason: \(fault)")
      }
    }
    tally.faults.append(fault)
    isOut[replica] = true
    devices[replica].beginLife()
    // One that is evicted tries too; it is not let in.
    guard dice.chance(scenario.returnChance) else { return }
    expectArrival(replica, after: scenario.usualSeconds * scenario.returnSteps * dice.unit())
  }

  func expectArrival(_ replica: Int, after seconds: Seconds) {
    arrivalsAhead += 1
    heap.insert(.arrival(device: replica), at: now + seconds)
  }
}
