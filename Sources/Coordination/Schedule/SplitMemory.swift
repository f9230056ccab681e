/// The last split of each kind of batch: a short last batch of an epoch does not make the full ones
/// forget theirs, nor does a replica that is away for a while.
struct SplitMemory: Sendable {
  private struct Entry: Sendable {
    let grainCount: Int
    let live: [Int]
    let counts: [Int]
  }

  /// The one used last is last.
  private var entries: [Entry] = []

  private static let maximumEntryCount = 8

  /// The last split of so many grains over these replicas, one count for each.
  func counts(grainCount: Int, live: [Int]) -> [Int]? {
    entries.first { $0.grainCount == grainCount && $0.live == live }?.counts
  }

  /// Keeps a split, in place of the last of its kind.
  mutating func remember(_ counts: [Int], grainCount: Int, live: [Int]) {
    entries.removeAll { $0.grainCount == grainCount && $0.live == live }
    entries.append(Entry(grainCount: grainCount, live: live, counts: counts))
    if entries.count > Self.maximumEntryCount { entries.removeFirst() }
  }
}
