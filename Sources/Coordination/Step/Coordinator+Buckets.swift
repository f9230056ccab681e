// When buckets are summed, and who gets the sums.
extension Coordinator {
  /// Takes note that a replica has handed a bucket in; whether all others have as well.
  mutating func deliver(_ id: Int, _ bucket: Int) -> Bool {
    guard let order = outstanding[id], order.attempt == attempt, phase == .computing else {
      return false
    }
    // It hands in what all orders up to it have added.
    members[order.order.replica].deliveredVersions[bucket] = order.version
    return activeReplicas.allSatisfy {
      members[$0].deliveredVersions[bucket] == members[$0].version
    }
  }

  /// Sums every bucket that all replicas have handed in, in the order in which backward completes them.
  mutating func orderReductions() {
    let contributors = activeReplicas.filter { members[$0].contributes }
    guard !contributors.isEmpty, activeReplicas.allSatisfy({ members[$0].planned.isEmpty }),
      isSlotFree
    else { return }
    for bucket in 0..<bucketCount
    where !reducedBuckets.contains(bucket) && reductions[bucket] == nil {
      guard
        contributors.allSatisfy({
          members[$0].deliveredVersions[bucket] == members[$0].version
        })
      else { return }
      reductions[bucket] = Reduction(replicas: contributors)
      for id in contributors { members[id].readers += 1 }
      actions.append(.reduce(bucket: bucket, replicas: contributors, epoch: epoch))
    }
  }

  /// A device has memory for one step's reduced gradients: it must have done the update before. One that computes in
  /// this step has; one that does not may be behind.
  private var isSlotFree: Bool { activeReplicas.allSatisfy { members[$0].updating.isEmpty } }

  mutating func takeReduced(_ bucket: Int, _ reducedEpoch: Int) {
    guard let reduction = reductions.removeValue(forKey: bucket) else { return }
    for id in reduction.replicas { members[id].readers = max(0, members[id].readers - 1) }
    guard reducedEpoch == epoch, phase == .computing else { return }
    reducedBuckets.insert(bucket)
    for id in activeReplicas { send(.upload(bucket: bucket), to: id) }
  }

  /// What the sums are made of has changed.
  mutating func forgetReductions() {
    epoch += 1
    reducedBuckets = []
  }
}
