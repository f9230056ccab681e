/// What the coordinator knows of one replica.
struct Member: Sendable {
  enum Status: Sendable, Hashable {
    /// Not there, or given up; may come back.
    case absent
    /// Asked to prepare.
    case preparing
    /// Prepared; it takes part from the next step on, or is asked when others disagree.
    case ready
    /// Takes part.
    case active
    /// Given up for good: its bits were wrong.
    case evicted
  }

  /// Grains that are to be computed, and whether their bits are audited.
  struct Piece: Sendable, Hashable {
    var grains: Range<Int>
    var digests = false
  }

  /// Grains that have been computed, by which order.
  struct Computed: Sendable, Hashable {
    let grains: Range<Int>
    let order: Int
  }

  var status = Status.absent
  /// Takes part only where others disagree.
  let isReserve: Bool
  /// Most grains of one portion: what its memory holds.
  var waveGrains: Int
  /// The last step in which an audit found its bits to be another's.
  var lastCleanAudit: Int?
  /// Orders that are not done, oldest first, by lane.
  var queues: [[Int]] = [[], []]

  // MARK: The current attempt at a step.

  /// Not yet ordered.
  var planned: [Piece] = []
  /// Ordered and not done; a share of the orders in the main queue.
  var running: [(piece: Piece, order: Int)] = []
  var computed: [Computed] = []
  /// Portions ordered so far: the sums on the device are complete behind the last of them.
  var version = 0
  /// What the last order that hands in buckets covers; 0 for none.
  var deliveringVersion = 0
  /// The same of each bucket that has been handed in.
  var deliveredVersions: [Int] = []
  /// Reductions that read its memory.
  var readers = 0
  /// Seconds that its portions took.
  var seconds = 0.0
  /// Seconds of its last update, which its device does ahead of its portions.
  var updateSeconds = 0.0
  /// Steps whose update it has been ordered and has not done.
  var updating: [Int] = []

  init(isReserve: Bool, waveGrains: Int) {
    self.isReserve = isReserve
    self.waveGrains = waveGrains
  }

  var takesPart: Bool { status == .active }
  var contributes: Bool { takesPart && version > 0 }
  var isIdle: Bool { planned.isEmpty && running.isEmpty }

  mutating func beginAttempt(bucketCount: Int) {
    planned = []
    running = []
    computed = []
    (version, deliveringVersion, seconds) = (0, 0, 0)
    deliveredVersions = Array(repeating: 0, count: bucketCount)
  }

  /// Gives up all it was doing.
  ///
  /// - Returns: Its grains of the current attempt, computed or not.
  mutating func abandon(as status: Status) -> [Range<Int>] {
    let grains =
      computed.map(\.grains) + running.map(\.piece.grains) + planned.map(\.grains)
    self.status = status
    beginAttempt(bucketCount: deliveredVersions.count)
    queues = [[], []]
    updating = []
    return grains
  }
}
