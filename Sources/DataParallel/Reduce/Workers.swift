import Dispatch
import Synchronization

/// Threads that share the blocks of a job.
package struct Workers: Sendable {
  package let count: Int

  /// So many threads at most, the caller's included.
  package init(count: Int) {
    precondition(count > 0)
    self.count = count
  }

  /// Blocks that a thread must get on average: waking it takes as long as summing one or two.
  private static let blocksPerWorker = 2

  /// Runs every block once, and returns when all have run.
  ///
  /// Each thread takes the next block when it is done with one: a thread that the system interrupts holds up
  /// one block, not its share.
  package func run(blocks: Int, _ body: @Sendable (Int) -> Void) {
    let used = min(count, blocks / Self.blocksPerWorker)
    guard used > 1 else {
      for block in 0..<blocks { body(block) }
      return
    }
    let next = NextBlock()
    DispatchQueue.concurrentPerform(iterations: used) { _ in
      while let block = next.take(before: blocks) { body(block) }
    }
  }

  /// Runs `count` elements in blocks as long as the reducer's.
  func run(count: Int, _ body: @Sendable (Range<Int>) -> Void) {
    let block = BucketReducer.blockCount
    run(blocks: (count + block - 1) / block) { index in
      body(index * block..<min(index * block + block, count))
    }
  }
}

/// Counts the blocks that have been taken.
private final class NextBlock: Sendable {
  private let next = Atomic<Int>(0)

  func take(before end: Int) -> Int? {
    let block = next.wrappingAdd(1, ordering: .relaxed).oldValue
    return block < end ? block : nil
  }
}
