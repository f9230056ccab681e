/// One grain of a step, computed by several replicas to find a device whose bits are wrong.
struct Audit: Sendable {
  enum Stage: Sendable, Hashable {
    /// The subject's own work has yet to end.
    case waiting
    /// A second replica computes the grain.
    case second
    /// They disagree; a third one computes it.
    case third
    /// There is no third: both compute it again, and the one that changes its mind is wrong.
    case repeated
  }

  struct Opinion: Sendable, Hashable {
    let replica: Int
    let digest: [UInt8]
  }

  let grain: Int
  /// The replica whose share the grain belongs to.
  let subject: Int
  var stage = Stage.waiting
  /// In the order in which they came; the subject's is the first.
  var opinions: [Opinion] = []
  /// Orders that ask for an opinion, and whom.
  var pending: [Int: Int] = [:]
  /// Whether anybody has disagreed with the subject.
  var isDisputed = false
  /// Replicas that were asked and given up; they are not asked again.
  var lost: Set<Int> = []

  func involves(_ replica: Int) -> Bool {
    replica == subject || pending.values.contains(replica)
      || opinions.contains { $0.replica == replica } || lost.contains(replica)
  }

  /// Whether another computation had the subject's bits.
  var isConfirmed: Bool {
    opinions.contains { $0.replica != subject && $0.digest == opinions.first?.digest }
  }

  /// Goes back to where only the subject has said something.
  mutating func restart() {
    opinions = Array(opinions.prefix(1))
    pending = [:]
    stage = .second
  }

  /// Takes note that an order is done; whether it was one for this audit.
  mutating func takeDone(order: Int) -> Bool { pending.removeValue(forKey: order) != nil }

  /// Who is wrong, if that can be said; nil while there is nothing to say.
  enum Verdict: Sendable, Hashable {
    case same
    case guilty(Int)
    case unknown
  }

  /// What the opinions of the present stage say.
  var verdict: Verdict? {
    switch stage {
    case .waiting: return nil
    case .second:
      guard opinions.count > 1 else { return nil }
      return opinions[0].digest == opinions[1].digest ? .same : .unknown
    case .third:
      guard opinions.count > 2 else { return nil }
      if opinions[2].digest == opinions[0].digest { return .guilty(opinions[1].replica) }
      if opinions[2].digest == opinions[1].digest { return .guilty(subject) }
      return .unknown
    case .repeated:
      guard opinions.count > 3 else { return nil }
      let again = opinions.suffix(2)
      let changed = opinions.prefix(2).filter { first in
        again.contains { $0.replica == first.replica && $0.digest != first.digest }
      }
      return changed.count == 1 ? .guilty(changed[0].replica) : .unknown
    }
  }
}
