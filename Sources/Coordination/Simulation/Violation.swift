/// An invariant that a virtual run has broken, with all that is needed to see it again.
public struct InvariantViolation: Error, Sendable, CustomStringConvertible {
  /// What is wrong.
  public let invariant: String
  /// The seed of the run; nil if its scenario was not drawn.
  public let seed: UInt64?
  /// Virtual time.
  public let seconds: Seconds
  /// What happened last, oldest first.
  public let lastEvents: [String]

  /// The invariant, where it broke, and what happened before.
  public var description: String {
    let origin = seed.map { "seed \($0), " } ?? ""
    return "\(origin)at \(seconds) s: \(invariant)\n" + lastEvents.joined(separator: "\n")
  }
}

/// Keeps what happens in a run: all of it as a digest, the last of it in full.
struct VirtualLog {
  enum Entry {
    case event(Event)
    case action(Action)
    case note(String, Int)
  }

  private(set) var digest: UInt64 = 0
  private(set) var count = 0
  private var last: [(time: Seconds, entry: Entry)] = []

  private static let keptCount = 80

  mutating func record(_ entry: Entry, at time: Seconds) {
    digest = mixed(digest ^ time.bitPattern, Self.word(entry))
    if last.count < Self.keptCount {
      last.append((time, entry))
    } else {
      last[count % Self.keptCount] = (time, entry)
    }
    count += 1
  }

  var lines: [String] {
    let first = last.count < Self.keptCount ? 0 : count % Self.keptCount
    return (last[first...] + last[..<first]).map { time, entry in
      switch entry {
      case .event(let event): "\(time)  <- \(event)"
      case .action(let action): "\(time)  -> \(action)"
      case .note(let text, let number): "\(time)  \(text) \(number)"
      }
    }
  }

  private static func word(_ entry: Entry) -> UInt64 {
    func word(_ kind: UInt64, _ numbers: Int...) -> UInt64 {
      numbers.reduce(kind) { mixed($0, UInt64(truncatingIfNeeded: $1)) }
    }
    switch entry {
    case .note(let text, let number): return word(UInt64(text.utf8.count), number)
    case .event(.completed(let order, let seconds)):
      return word(seconds.bitPattern, order)
    case .event(.delivered(let order, let bucket)): return word(101, order, bucket)
    case .event(.digest(let order, let digest)):
      return digest.reduce(word(102, order)) { mixed($0, UInt64($1)) }
    case .event(.failed(let order, _)): return word(103, order)
    case .event(.lost(let replica, _)): return word(104, replica)
    case .event(.reduced(let bucket, let epoch)): return word(105, bucket, epoch)
    case .action(.send(let order)): return word(106, order.id, order.replica, order.step)
    case .action(.reduce(let bucket, let replicas, let epoch)):
      return replicas.reduce(word(107, bucket, epoch)) { word($0, $1) }
    case .action(.abandon(let replica, _)): return word(108, replica)
    case .action(.takeOver(let grains, let replica)): return word(109, grains, replica)
    case .action(.finished): return 110
    case .action(.noReplicaLeft): return 111
    case .action(.undecided(let grain, let replicas)):
      return replicas.reduce(word(112, grain)) { word($0, $1) }
    }
  }
}
