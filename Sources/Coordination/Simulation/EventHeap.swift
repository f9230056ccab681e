/// What is going to happen, earliest first; of what happens at once, what was scheduled first.
struct EventHeap<Value> {
  private struct Entry {
    let time: Seconds
    let sequence: Int
    let value: Value

    func isBefore(_ other: Entry) -> Bool {
      time == other.time ? sequence < other.sequence : time < other.time
    }
  }

  private var entries: [Entry] = []
  private var nextSequence = 0

  var isEmpty: Bool { entries.isEmpty }
  var nextTime: Seconds? { entries.first?.time }

  mutating func insert(_ value: Value, at time: Seconds) {
    entries.append(Entry(time: time, sequence: nextSequence, value: value))
    nextSequence += 1
    var child = entries.count - 1
    while child > 0, entries[child].isBefore(entries[(child - 1) / 2]) {
      entries.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func removeFirst() -> (time: Seconds, value: Value)? {
    guard let first = entries.first else { return nil }
    entries.swapAt(0, entries.count - 1)
    entries.removeLast()
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < entries.count && entries[child].isBefore(entries[least]) {
        least = child
      }
      guard least != parent else { break }
      entries.swapAt(parent, least)
      parent = least
    }
    return (first.time, first.value)
  }
}
