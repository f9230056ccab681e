import ComputeGraph
import TestSupport
import Testing

@Suite("Bucket layout")
struct BucketLayoutTests {
  @Test(
    "every parameter lies in one bucket, aligned and apart from the others",
    arguments: TestNetwork.all, [(1, 1), (500, 3000), (1 << 16, 1 << 20)])
  func everyParameterOnce(_ network: TestNetwork, counts: (first: Int, others: Int)) throws {
    let plan = try Plan(network.graph())
    let layout = BucketLayout(
      plan, sizes: BucketSizes(first: counts.first, others: counts.others))
    // In the order of completion, so that buckets become ready one after the other.
    #expect(layout.buckets.flatMap(\.parameters) == plan.completionOrder)
    for (index, bucket) in layout.buckets.enumerated() {
      var end = 0
      for id in bucket.parameters {
        #expect(layout.bucketIndices[id] == index)
        let range = layout.range(of: id)
        #expect(range.lowerBound.isMultiple(of: BucketLayout.alignment))
        #expect(range.lowerBound >= end && range.upperBound <= bucket.count)
        #expect(range.count == plan.graph.parameters[id].shape.count)
        end = range.upperBound
      }
      #expect(bucket.count.isMultiple(of: BucketLayout.alignment))
    }
  }

  @Test("a bucket closes as soon as it is full, the first one early")
  func sizes() throws {
    let plan = try Plan(TestNetwork.image.graph())
    let layout = BucketLayout(plan, sizes: BucketSizes(first: 100, others: 10_000))
    #expect(layout.buckets.count > 2)
    for (index, bucket) in layout.buckets.enumerated() {
      let limit = index == 0 ? 100 : 10_000
      let last = try #require(bucket.parameters.last)
      // Before its last parameter a bucket was not full.
      #expect(layout.offsets[last] < limit)
      if index < layout.buckets.count - 1 { #expect(bucket.count >= limit) }
    }
    #expect(layout.buckets[0].count < 10_000)
  }

  @Test("a network without parameters has no bucket")
  func empty() throws {
    var graph = Graph(input: [4])
    try graph.append(CrossEntropy())
    #expect(BucketLayout(try Plan(graph)).buckets.isEmpty)
  }
}
