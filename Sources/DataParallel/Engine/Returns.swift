import Coordination
import Foundation

/// When devices that are away are let in: after faults by and by, in a drill in the step that it says.
package struct Returns {
  /// By replica: in which steps, counted from 1, it leaves and joins in a drill, in that order.
  private let moves: [[(step: Int, joins: Bool)]]
  private let retrySeconds: Double?
  /// The longest wait, in first ones: what may be repaired is not forgotten.
  private static let longestWait = 32.0
  /// When a replica may be tried again, and how long that wait is.
  private var waits: [(until: ContinuousClock.Instant, seconds: Double)?]
  /// Replicas that are there from the beginning.
  package let initial: [Int]

  package init(_ configuration: TrainerConfiguration, _ participants: [Participant]) {
    retrySeconds = configuration.retrySeconds
    let names = participants.map(\.name)
    let faults = participants.indices.map {
      configuration.injections.of($0, among: names).sorted { $0.step < $1.step }
    }
    moves = faults.map { own in
      own.filter { $0.kind == .leave || $0.kind == .join }.map { ($0.step, $0.kind == .join) }
    }
    initial = participants.indices.filter {
      !participants[$0].isReserve && faults[$0].first?.kind != .join
    }
    waits = participants.map { _ in nil }
  }

  /// Replicas to let in before a step.
  ///
  /// - Parameters:
  ///   - step: The step that comes, counted from 0.
  ///   - now: The time.
  ///   - isAbsent: Whether a replica is not there.
  ///   - wasLost: Whether a replica may be tried again.
  /// - Returns: Their numbers, ascending.
  package mutating func due(
    step: Int, now: ContinuousClock.Instant = .now, isAbsent: (Int) -> Bool,
    wasLost: (Int) -> Bool
  ) -> [Int] {
    moves.indices.filter { replica in
      guard isAbsent(replica) else {
        // It has stayed as long as it would have to wait: the next fault is a first one again.
        if let wait = waits[replica], now >= wait.until { waits[replica] = nil }
        return false
      }
      if let last = moves[replica].last(where: { $0.step <= step + 1 }) {
        // What left in a drill stays away until the drill lets it in.
        guard last.joins else { return false }
        if last.step == step + 1 { return true }
      }
      guard let retrySeconds, wasLost(replica) else { return false }
      guard let wait = waits[replica] else {
        waits[replica] = (now + .seconds(retrySeconds), retrySeconds)
        return false
      }
      guard now >= wait.until else { return false }
      let longer = min(2 * wait.seconds, Self.longestWait * retrySeconds)
      waits[replica] = (now + .seconds(longer), longer)
      return true
    }
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
