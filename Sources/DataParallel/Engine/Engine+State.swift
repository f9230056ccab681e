import Coordination
import Execution

// The committed state: replicas all hold it, and the ledger tells who is wrong where they do not.
extension Engine {
  /// States of replicas that are being read, all after the same steps.
  struct Reading {
    let step: Int
    let orders: [(replica: Int, order: Int)]
  }

  /// The committed state, after comparing those of all replicas; with no replica left the host computes it.
  ///
  /// A replica that holds another is given up.
  func state() -> PlanState {
    let reading = read(coordinator.activeReplicas)
    run { $0.isDone(reading) }
    settle(reading)
    return ledger.state()
  }

  /// Begins to read a state, so that the ledger can forget older gradients; two replicas vouch for each other.
  func readAhead() {
    guard reading == nil else { return }
    reading = read(Array(coordinator.activeReplicas.prefix(2)))
    perform()
  }

  private func read(_ replicas: [Int]) -> Reading {
    Reading(
      step: ledger.step,
      orders: replicas.map { ($0, coordinator.requestState(of: $0, now: now).id) })
  }

  func isDone(_ reading: Reading) -> Bool {
    !reading.orders.contains { coordinator.isOutstanding($0.order) }
  }

  /// Takes over what the replicas agree on; where they do not, those are given up that are not the ledger's opinion.
  func settle(_ reading: Reading) {
    let held = reading.orders.compactMap { replica, order in
      states.removeValue(forKey: order).map { (replica: replica, state: $0) }
    }
    guard let first = held.first?.state else { return }
    if held.dropFirst().allSatisfy({ first.hasSameBits(as: $0.state) }) {
      // Nobody vouches for a replica whose partner was lost meanwhile.
      if held.count == reading.orders.count { ledger.adopt(first, step: reading.step) }
      return
    }
    guard let truth = ledger.state(after: reading.step) else { return }
    for (replica, state) in held where !truth.hasSameBits(as: state) {
      coordinator.evict(replica, wrongAfter: reading.step, now: now)
    }
    perform()
  }
}
