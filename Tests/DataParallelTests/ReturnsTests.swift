import Chorus
import DataParallel
import TestSupport
import Testing

/// When a device that is away is let in.
@Suite struct ReturnsTests {
  private let start = ContinuousClock.now

  private func returns(_ faults: String..., retrySeconds: Double? = 10) throws -> Returns {
    let device = try #require(try testDevices().first).device
    var configuration = try TrainerConfiguration(
      graph: try Model.perceptron(classes: 10, widths: [4]).graph(), batch: 4, grain: 4, steps: 100,
      seed: 1, optimizer: OptimizerSettings(.sgd(), rate: 0.1))
    configuration.retrySeconds = retrySeconds
    configuration.injections = try faults.map { try Injection($0) }
    return Returns(
      configuration, (0..<2).map { Participant(device: device, name: "r\($0)") })
  }

  /// Whether the second replica is let in before the step, so many seconds after the start.
  private func isDue(
    _ returns: inout Returns, step: Int, at seconds: Double, absent: Bool = true, lost: Bool = true
  ) -> Bool {
    let due = returns.due(
      step: step - 1, now: start + .seconds(seconds), isAbsent: { $0 == 1 && absent },
      wasLost: { $0 == 1 && lost })
    #expect(due.isEmpty || due == [1])
    return !due.isEmpty
  }

  @Test("a device that fails again and again waits twice as long each time, until it stays")
  func doubling() throws {
    var returns = try returns()
    #expect(returns.initial == [0, 1])
    #expect(!isDue(&returns, step: 5, at: 0))
    #expect(!isDue(&returns, step: 6, at: 9))
    #expect(isDue(&returns, step: 7, at: 10))
    #expect(!isDue(&returns, step: 8, at: 29))
    #expect(isDue(&returns, step: 9, at: 30))
    // It is there, but not for long enough.
    #expect(!isDue(&returns, step: 10, at: 69, absent: false))
    #expect(isDue(&returns, step: 11, at: 70))
    #expect(!isDue(&returns, step: 12, at: 150, absent: false))
    // It has stayed: the next fault is a first one.
    #expect(!isDue(&returns, step: 13, at: 200))
    #expect(isDue(&returns, step: 14, at: 210))
  }

  @Test("a wait is at most 32 times the first")
  func longest() throws {
    var returns = try returns()
    var moments: [Double] = []
    for second in 0..<3000 where isDue(&returns, step: 5, at: Double(second)) {
      moments.append(Double(second))
    }
    // Each try fails at once.
    let waits = zip(moments.dropFirst(), moments).map { $0 - $1 }
    #expect(moments.first == 10)
    #expect(waits == [20, 40, 80, 160] + Array(repeating: 320, count: 8))
  }

  @Test("without retries, and where it may not return, a device stays away")
  func never() throws {
    var without = try returns(retrySeconds: nil)
    var wrong = try returns()
    for second in 0..<100 {
      #expect(!isDue(&without, step: 5, at: Double(second)))
      #expect(!isDue(&wrong, step: 5, at: Double(second), lost: false))
    }
  }

  @Test("a device that leaves in a drill returns in the step that the drill names, and not before")
  func drill() throws {
    var returns = try returns(
      "step=5 device=r1 fault=leave", "step=8 device=r1 fault=join",
      "step=20 device=1 fault=leave", "step=30 device=r1 fault=join")
    for step in 5..<8 { #expect(!isDue(&returns, step: step, at: 1000 * Double(step))) }
    #expect(isDue(&returns, step: 8, at: 8000))
    // Between its moves it is a device like any other.
    #expect(!isDue(&returns, step: 12, at: 12_000))
    #expect(isDue(&returns, step: 13, at: 12_010))
    for step in 20..<30 { #expect(!isDue(&returns, step: step, at: 1000 * Double(step))) }
    #expect(isDue(&returns, step: 30, at: 30_000))
  }

  @Test("a device whose first fault is to join is not there before")
  func late() throws {
    var returns = try returns("step=4 device=r1 fault=join", "step=9 device=r1 fault=leave")
    #expect(returns.initial == [0])
    #expect(!isDue(&returns, step: 1, at: 0, lost: false))
    #expect(!isDue(&returns, step: 3, at: 3000, lost: false))
    #expect(isDue(&returns, step: 4, at: 4000, lost: false))
  }
}
