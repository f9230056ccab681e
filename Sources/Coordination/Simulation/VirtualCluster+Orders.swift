// How virtual devices do their orders.
extension VirtualCluster {
  /// Begins with the order at the head of a lane.
  func startLane(of index: Int, _ lane: Int) {
    let device = devices[index]
    guard !device.isBusy[lane], !device.isSilent, let order = device.lanes[lane].first else {
      return
    }
    // An update waits for the uploads that were ordered before it.
    if case .update = order.work, let upload = device.lanes[1].first, upload.id < order.id {
      return
    }
    device.isBusy[lane] = true
    let fault = device.nextFault(order)
    if let fault, fault.isGrave { device.hadGraveFault = true }
    var seconds = usualSeconds(order, device)
    switch fault {
    case .error, .silence:
      device.isSilent = true
      // Some buckets may have been handed in by then.
      let end = dice.chance(0.7) ? begin(order, index, seconds) : now + seconds
      guard fault == .error else { return }
      let time = now + (end - now) * dice.unit()
      return heap.insert(.failed(device: index, life: device.life, order: order), at: time)
    case .leave:
      let time = now + seconds * dice.unit()
      heap.insert(.left(device: index, life: device.life), at: time)
    case .late(let factor): seconds *= factor
    case .slow(let factor, let orders): (device.slowness, device.slowOrders) = (factor, orders)
    case .wrongBits(let bits):
      device.wrongBits = bits
      if case .transient(let grains) = bits { device.wrongGrains = grains }
    case nil: break
    }
    if device.slowOrders > 0 {
      device.slowOrders -= 1
      seconds *= device.slowness
    }
    let end = begin(order, index, seconds)
    heap.insert(
      .done(device: index, life: device.life, lane: lane, order: order, seconds: end - now), at: end
    )
  }

  private func usualSeconds(_ order: Order, _ device: VirtualDevice) -> Seconds {
    let profile = device.profile
    let jitter = 1 + profile.jitter * (2 * dice.unit() - 1)
    let seconds: Seconds
    switch order.work {
    case .prepare: seconds = min(10, 20 * profile.seconds(grains: 1))
    case .compute(let portion): seconds = profile.seconds(grains: portion.grains.count)
    case .evaluate(let grains): seconds = profile.seconds(grains: grains.count) / 3
    case .load: seconds = scenario.stateBytes / profile.bytesPerSecondUp
    case .read: seconds = scenario.stateBytes / profile.bytesPerSecondDown
    case .upload(let bucket): seconds = scenario.bucketBytes[bucket] / profile.bytesPerSecondUp
    // Device memory is much faster than its link.
    case .update: seconds = scenario.stateBytes / (20 * profile.bytesPerSecondUp)
    case .deliver: seconds = 0
    }
    return 1e-6 + seconds * jitter
  }

  /// Does what an order does when it begins, and says when it ends.
  private func begin(_ order: Order, _ index: Int, _ seconds: Seconds) -> Seconds {
    let device = devices[index]
    switch order.work {
    case .compute(let portion):
      device.computing += seconds
      compute(portion, order, index)
      return portion.delivers ? handIn(order, index, seconds) : now + seconds
    case .deliver: return handIn(order, index, seconds)
    case .evaluate(let grains):
      measures[order.id] = grains.reduce(0) {
        $0 &+ model.measure(grain: $1, weights: device.weights)
      }
    case .upload(let bucket):
      stamps[order.id] = [reducer.sums[bucket].changes]
      device.reduced[bucket].changes += 1
    case .update: stamps[order.id] = device.reduced.map(\.changes)
    case .prepare, .load, .read: break
    }
    return now + seconds
  }

  private func compute(_ portion: Portion, _ order: Order, _ index: Int) {
    let device = devices[index]
    device.memory.begin(isFirst: portion.isFirst)
    guard scenario.isChecked else { return }
    var digest = mixed(0, UInt64(order.step))
    var isAnyWrong = false
    for grain in portion.grains {
      let wrong = device.bitsToAdd(&dice, device: index)
      if wrong != 0 { (isAnyWrong, device.hadWrongBits) = (true, true) }
      for bucket in 0..<model.bucketCount {
        var value = model.gradient(
          step: order.step, grain: grain, bucket: bucket, weights: device.weights)
        if wrong != 0, bucket == grain % model.bucketCount {
          value &+= wrong
          device.memory.buckets[bucket].isWrong = true
        }
        device.memory.buckets[bucket].sum &+= value
        digest = mixed(digest, value)
      }
    }
    guard portion.digests else { return }
    digests[order.id] = (0..<8).map { UInt8(truncatingIfNeeded: digest >> (8 * $0)) }
    opinions[portion.grains.lowerBound, default: []].append((index, order.id, isAnyWrong))
  }

  /// Hands all buckets in, the last layers' first; the end of the order is when all are there.
  private func handIn(_ order: Order, _ index: Int, _ seconds: Seconds) -> Seconds {
    let device = devices[index]
    var end = now + seconds
    for (bucket, state) in device.memory.buckets.enumerated() {
      let share = 0.4 + 0.6 * Double(bucket + 1) / Double(model.bucketCount)
      var time = now + seconds * share
      if !device.memory.isShared {
        time = max(time, device.downFree)
        time += scenario.bucketBytes[bucket] / device.profile.bytesPerSecondDown
        device.downFree = time
      }
      heap.insert(
        .handedIn(
          device: index, life: device.life, order: order.id, bucket: bucket, value: state.sum,
          isWrong: state.isWrong), at: time)
      end = max(end, time)
    }
    return end
  }
}
