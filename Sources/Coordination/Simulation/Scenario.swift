/// All that a virtual run depends on.
struct Scenario: Sendable {
  var dataSeed: UInt64 = 0
  /// Of jitter, and of what else is left to chance while it runs.
  var chanceSeed: UInt64 = 0
  var split = Split.measured
  var patience = Patience()
  var devices: [VirtualProfile] = []
  var faults: [PlannedFault] = []
  /// Of the gradients.
  var bucketBytes: [Double] = [1]
  /// Of weights and optimizer states.
  var stateBytes = 1.0
  var reducerBytesPerSecond = 1e10
  var stepCount = 10
  var grainCount = 8
  /// Every so many steps the batch is short; 0 for never.
  var shortInterval = 0
  var shortGrainCount = 1
  /// Every so many steps a grain is audited; 0 for never.
  var auditInterval = 0
  /// Every so many steps there is an evaluation; 0 for never.
  var evaluationInterval = 0
  /// Every so many steps the weights are read; 0 for never.
  var readInterval = 0
  /// Of a step that it must be computed anew, because a gradient does not fit its scale.
  var rescaleChance = 0.0
  /// Of a device that was given up that it comes back.
  var returnChance = 0.0
  /// The longest until it comes back, in usual steps.
  var returnSteps = 3.0
  /// Whether invariants are checked; planning does without.
  var isChecked = true

  func grains(of step: Int) -> Int {
    shortInterval > 0 && step % shortInterval == shortInterval - 1 ? shortGrainCount : grainCount
  }

  /// About what a step takes with all devices.
  var usualSeconds: Seconds {
    let rate = devices.filter { !$0.isReserve }.map { 1 / $0.seconds(grains: 1) }.reduce(0, +)
    return rate > 0 ? Double(grainCount) / rate : 1
  }
}
