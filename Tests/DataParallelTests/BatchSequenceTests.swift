import Chorus
import Testing

@Suite struct BatchSequenceTests {
  @Test("every epoch passes over all examples once, in an order of its own")
  func epochs() {
    var batches = BatchSequence(exampleCount: 103, batch: 24, grain: 8, seed: 2)
    #expect(batches.stepsPerEpoch == 5)
    var orders: [[Int]] = []
    for epoch in 0..<3 {
      let steps = epoch * 5..<(epoch + 1) * 5
      let order = steps.flatMap { batches.batch(at: $0).indices }
      #expect(order.sorted() == Array(0..<103))
      orders.append(order)
    }
    #expect(Set(orders).count == 3)
  }

  @Test("the last batch of an epoch has fewer grains, the last of them short")
  func lastBatch() {
    var batches = BatchSequence(exampleCount: 103, batch: 24, grain: 4, seed: 2)
    let last = batches.batch(at: 4)
    #expect(last.indices.count == 7)
    #expect(last.grainCount == 2)
    #expect(last.examples(of: 0..<1).count == 4)
    #expect(last.examples(of: 1..<2).count == 3)
  }

  @Test("a batch depends on its step alone, not on which were asked for before")
  func anyOrder() {
    var forward = BatchSequence(exampleCount: 50, batch: 8, grain: 8, seed: 6)
    var backward = BatchSequence(exampleCount: 50, batch: 8, grain: 8, seed: 6)
    let ascending = (0..<20).map { forward.batch(at: $0) }
    let descending = (0..<20).reversed().map { backward.batch(at: $0) }
    #expect(ascending == descending.reversed())
  }
}
