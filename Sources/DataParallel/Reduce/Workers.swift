import Dispatch
import Synchronization

/// Threads that share the blocks of a job.
///
/// They are its own, because they ask to run soon after they wake: a device of the host's processors keeps those busy.
package final class Workers: Sendable {
  package let count: Int
  private let helpers: [ReplicaThread]

  /// So many threads at most, the caller's included.
  package init(count: Int) {
    precondition(count > 0)
    self.count = count
    helpers = (1..<count).map {
      ReplicaThread(name: "chorus reducer \($0)", stackByteCount: 1 << 20)
    }
  }

  deinit {
    for helper in helpers { helper.stop() }
  }

  /// Blocks that a thread must get on average: waking it takes as long as summing one or two.
  private static let blocksPerWorker = 2

  /// Runs every block once, and returns when all have run.
  ///
  /// Each thread takes the next block when it is done with one: a thread that the system interrupts holds up
  /// one block, not its share, and one that wakes late holds up nothing.
  package func run(blocks: Int, _ body: @escaping @Sendable (Int) -> Void) {
    let used = min(count, blocks / Self.blocksPerWorker)
    guard used > 1 else {
      for block in 0..<blocks { body(block) }
      return
    }
    let job = BlockJob(blocks: blocks, body: body)
    for helper in helpers.prefix(used - 1) { helper.submit { job.help() } }
    job.help()
    job.finish()
  }

  /// Runs `count` elements in blocks as long as the reducer's.
  func run(count: Int, _ body: @escaping @Sendable (Range<Int>) -> Void) {
    let block = BucketReducer.blockCount
    run(blocks: (count + block - 1) / block) { index in
      body(index * block..<min(index * block + block, count))
    }
  }
}

/// The blocks of one job, and who is at work on them.
private final class BlockJob: Sendable {
  private struct State {
    var next = 0
    var busy = 0
  }

  private let blocks: Int
  private let body: @Sendable (Int) -> Void
  private let state = Mutex(State())
  private let idle = DispatchSemaphore(value: 0)

  init(blocks: Int, body: @escaping @Sendable (Int) -> Void) {
    self.blocks = blocks
    self.body = body
  }

  /// Runs blocks until none is left.
  func help() {
    while true {
      let taken = state.withLock { state -> Int? in
        guard state.next < blocks else { return nil }
        state.next += 1
        state.busy += 1
        return state.next - 1
      }
      guard let taken else { return }
      body(taken)
      state.withLock { $0.busy -= 1 }
      idle.signal()
    }
  }

  /// Waits for the blocks that others have taken; a thread that wakes later finds none.
  func finish() {
    while state.withLock({ $0.busy > 0 }) { idle.wait() }
  }
}
