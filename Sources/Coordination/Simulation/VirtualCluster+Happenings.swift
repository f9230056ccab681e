// What happens on virtual devices, and what the coordinator hears of it.
extension VirtualCluster {
  func happen(_ happening: Happening) throws {
    switch happening {
    case .done(let index, let life, let lane, let order, let seconds):
      // What was given up answers late; the coordinator must not mind.
      if devices[index].life == life { try end(order, index, lane) }
      if let digest = digests.removeValue(forKey: order.id) {
        try feed(.digest(order: order.id, digest: digest))
      }
      try feed(.completed(order: order.id, seconds: seconds))
      for lane in 0..<2 { startLane(of: index, lane) }
    case .failed(_, _, let order): try feed(.failed(order: order.id, reason: "made to fail"))
    case .handedIn(let index, let life, let order, let bucket, let value, let isWrong):
      if devices[index].life == life {
        devices[index].memory.handIn(bucket, value, isWrong: isWrong)
      }
      try feed(.delivered(order: order, bucket: bucket))
    case .left(let index, let life):
      guard devices[index].life == life else { return }
      try feed(.lost(replica: index, reason: "made to leave"))
    case .arrival(let index):
      arrivalsAhead -= 1
      log.record(.note("arrival of", index), at: now)
      decide { $0.admit(index, now: now) }
      try perform()
    case .reduced: try endReduction()
    }
  }

  private func endReduction() throws {
    let job = reducer.end { devices[$0.device].life == $0.life }
    for source in job.sources where devices[source.device].life == source.life {
      guard source.memory.read(job.bucket).stamp == source.stamp else {
        throw violation(
          "replica \(source.device) changed bucket \(job.bucket) while it was summed")
      }
    }
    startReduction()
    try feed(.reduced(bucket: job.bucket, epoch: job.epoch))
  }

  /// Does what an order does when it ends.
  private func end(_ order: Order, _ index: Int, _ lane: Int) throws {
    let device = devices[index]
    device.lanes[lane].removeFirst()
    device.isBusy[lane] = false
    switch order.work {
    case .load:
      guard order.step < weights.count else {
        throw violation("replica \(index) loads weights of step \(order.step), not yet computed")
      }
      device.weights = weights[order.step]
    case .upload(let bucket):
      let sum = reducer.sums[bucket]
      let isWhole = stamps.removeValue(forKey: order.id) == [sum.changes] && sum.changes % 2 == 0
      let changes = device.reduced[bucket].changes + 1
      // A sum that changed while it was read is worth nothing; one that replaces it must follow.
      device.reduced[bucket] = VirtualDevice.Reduced(
        value: isWhole ? sum.value : ~sum.value, step: isWhole ? sum.step : -1, changes: changes)
    case .update: try update(order, index)
    case .read: readWeights[order.id] = device.weights
    case .prepare, .compute, .deliver, .evaluate: break
    }
  }

  private func update(_ order: Order, _ index: Int) throws {
    let device = devices[index]
    let reduced = device.reduced
    guard stamps.removeValue(forKey: order.id) == reduced.map(\.changes) else {
      throw violation("replica \(index) got a bucket while it used it for its update")
    }
    guard scenario.isChecked else { return }
    guard reduced.allSatisfy({ $0.step == order.step }),
      reduced.map(\.value) == committed[order.step]
    else {
      throw violation("replica \(index) updates from buckets that are missing or out of date")
    }
    device.weights = model.updated(
      device.weights, step: order.step, reduced: reduced.map(\.value))
    guard device.weights == weights[order.step + 1] else {
      throw violation("replica \(index) has other weights than the run after step \(order.step)")
    }
  }
}
