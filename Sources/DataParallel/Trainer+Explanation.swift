import ComputeGraph
import Coordination
import Foundation

extension Trainer {
  /// What is known of each replica's speed, the last split, what it was expected to take, and how gradients travel.
  public var explanation: String {
    [
      engine.coordinator.scheduler.explanation(names: engine.names),
      layout.explanation(links: links, isGiven: configuration.buckets != nil),
    ].joined(separator: "\n")
  }
}

extension BucketLayout {
  func explanation(links: [Link], isGiven: Bool) -> String {
    let what =
      "buckets: \(buckets.count), sent at \(sizes.first) elements the first and at \(sizes.others) the others"
    guard !isGiven else { return what + ", as asked for" }
    guard let slowest = links.max(by: { $0.seconds(sizes.others) < $1.seconds(sizes.others) })
    else { return what + ", as no link has been measured" }
    return what
      + String(
        format: "; on the slowest link a bucket takes %.3f ms and %.3f ns per element",
        slowest.secondsPerBucket * 1e3, slowest.secondsPerElement * 1e9)
  }
}

extension Link {
  /// What a bucket of so many elements takes.
  fileprivate func seconds(_ count: Int) -> Double {
    secondsPerBucket + Double(count) * secondsPerElement
  }
}
