import Chorus
import TestSupport
import Testing

@Suite("Bucket sizes") struct BucketSizesTests {
  @Test("links that cost more per bucket ask for larger buckets, within limits")
  func fromLinks() {
    let total = 1 << 24
    func size(_ perBucket: Double, _ perElement: Double) -> Int {
      BucketSizes(
        total: total, links: [Link(secondsPerBucket: perBucket, secondsPerElement: perElement)]
      ).others
    }
    // sqrt(2^24 · 2^-12 / 2^-28) = 2^20.
    #expect(size(1.0 / 4096, 1.0 / Double(1 << 28)) == 1 << 20)
    // Four times the fixed time: twice the size.
    #expect(size(4.0 / 4096, 1.0 / Double(1 << 28)) == 1 << 21)
    #expect(size(0, 1e-9) == 1 << 14)
    #expect(size(1e9, 1e-12) == 1 << 24)
    // The times of a link that took no time at all say nothing.
    #expect(
      BucketSizes(total: total, links: [Link(secondsPerBucket: 0, secondsPerElement: 0)])
        == .standard)
    #expect(BucketSizes(total: total, links: []) == .standard)
  }

  @Test("of several links the one that needs the largest buckets decides")
  func severalLinks() {
    let quick = Link(secondsPerBucket: 1e-5, secondsPerElement: 1e-9)
    let slow = Link(secondsPerBucket: 1e-3, secondsPerElement: 1e-9)
    let total = 1 << 22
    #expect(
      BucketSizes(total: total, links: [quick, slow, quick])
        == BucketSizes(total: total, links: [slow]))
    #expect(
      BucketSizes(total: total, links: [quick]).others
        < BucketSizes(total: total, links: [slow]).others)
  }

  @Test("the links of this host's devices are measured")
  func probe() throws {
    for entry in try testDevices() {
      let link = try LinkProbe.link(to: entry.device)
      #expect(link.secondsPerBucket >= 0 && link.secondsPerBucket < 10)
      #expect(link.secondsPerElement > 0 && link.secondsPerElement < 1e-3)
    }
  }

  @Test("sizes of buckets change no bit")
  func sameBits() throws {
    let devices = try testDevices()
    let participants = (0..<2).map {
      Participant(device: devices[$0 % devices.count].device, name: "r\($0)")
    }
    let recipe = try TestRecipe(
      graph: Model.perceptron(classes: 10, widths: [24]).graph(),
      source: DrawnDigits.make(seed: 5, trainingCount: 100, heldOutCount: 10).training)
    let placement = TestPlacement(name: "two replicas", participants: participants)
    let expected = try recipe.train(on: placement)
    for others in [1, 700, 5_000, 1 << 22] {
      let outcome = try recipe.train(on: placement) { $0.buckets = BucketSizes(others: others) }
      #expect(outcome == expected, "buckets of \(others) elements")
    }
  }
}
