import Foundation
import Testing

@Suite("every call that fails", .serialized) struct FailEveryCallTests {
  /// Kinds and strides: all in about a minute on two cores; `benchmarks/fail-every-call` tries every call.
  static let drills = [
    ("error", 67), ("lost", 89), ("event", 13), ("hang", 211), ("stall", 31), ("slow", 149),
    ("bits", 5), ("memory", 7),
  ]

  @Test("leaves the weights of a run without faults, or all that was committed", arguments: drills)
  func survives(kind: String, stride: Int) throws {
    guard let result = try Drill.run(["every", kind, "\(stride)"]) else { return }
    #expect(result.status == 0, "\(result.output)")
  }
}
