import Coordination
import Foundation

/// When devices that are away are let in: after faults by and by, in a drill in the step that it says.
struct Returns {
  private let joins: [[Int]]
  private let leaves: [Bool]
  private let retrySeconds: Double?
  /// When a replica may be tried again, and how long the next wait is.
  private var waits: [(until: ContinuousClock.Instant, seconds: Double)?]
  /// Replicas that are there from the beginning.
  let initial: [Int]

  init(_ configuration: TrainerConfiguration, _ participants: [Participant]) {
    retrySeconds = configuration.retrySeconds
    var joins: [[Int]] = []
    var leaves: [Bool] = []
    var initial: [Int] = []
    let names = participants.map(\.name)
    for (index, participant) in participants.enumerated() {
      let own = configuration.injections.of(index, among: names)
      joins.append(own.filter { $0.kind == .join }.map(\.step))
      leaves.append(own.contains { $0.kind == .leave })
      let isLate = own.min { $0.step < $1.step }?.kind == .join
      if !participant.isReserve && !isLate { initial.append(index) }
    }
    self.joins = joins
    self.leaves = leaves
    self.initial = initial
    waits = participants.map { _ in nil }
  }

  /// Replicas to let in before `step`, counted from 0.
  mutating func due(in engine: Engine, step: Int) -> [Int] {
    let now = ContinuousClock.now
    var due: [Int] = []
    for replica in joins.indices where engine.coordinator.isAbsent(replica) {
      if joins[replica].contains(step + 1) {
        due.append(replica)
        continue
      }
      guard let retrySeconds, !leaves[replica], joins[replica].isEmpty, engine.wasLost(replica)
      else { continue }
      guard let wait = waits[replica] else {
        waits[replica] = (now + .seconds(retrySeconds), retrySeconds)
        continue
      }
      if now >= wait.until {
        waits[replica] = (now + .seconds(2 * wait.seconds), 2 * wait.seconds)
        due.append(replica)
      }
    }
    return due
  }
}

extension [Injection] {
  /// Those of one replica: faults name it, or where nobody has that name, count it.
  func of(_ index: Int, among names: [String]) -> [Injection] {
    filter { fault in
      fault.device == names[index] || fault.device == "\(index)" && !names.contains(fault.device)
    }
  }
}
