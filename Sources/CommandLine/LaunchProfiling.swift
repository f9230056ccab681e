import Chorus
import Foundation

/// Trains one recipe on one device with the time of every launch taken.
enum LaunchProfiling {
  /// The profile of a recipe on one device.
  struct Result: Encodable {
    let model: String
    let device: String
    let steps: Int
    let peakGigaflopsPerSecond: Double
    let peakGigabytesPerSecond: Double
    let stepMilliseconds: Double
    let launchMilliseconds: Double
    let launches: [LaunchTable.Row]
  }

  /// Measures the device's peaks, then steps for `seconds` after a few to warm up, and prints the table.
  static func measure(
    _ name: String, _ run: RecipeRun, _ member: DeviceSelection.Member, seconds: Double
  ) throws -> Result {
    let peak = try DevicePeak(of: member.device)
    let profile = LaunchProfile()
    var configuration = run.configuration
    configuration.profile = profile
    let trainer = try Trainer(
      configuration, source: run.data.training,
      participants: [Participant(device: member.device, name: member.name)])
    for _ in 0..<3 { try trainer.step() }
    _ = trainer.weights()
    profile.clear()
    let start = ContinuousClock.now
    var steps = 0
    while steps == 0 || (ContinuousClock.now - start).inSeconds < seconds {
      try trainer.step()
      steps += 1
    }
    // Waits for the last update.
    _ = trainer.weights()
    let table = LaunchTable(
      profile.entries, peak: peak, steps: steps, seconds: (ContinuousClock.now - start).inSeconds)
    Console.print("\(name) on \(member.name) (\(member.device.platformName)), \(steps) steps")
    for line in table.lines { Console.print(line) }
    return Result(
      model: name, device: member.name, steps: steps,
      peakGigaflopsPerSecond: peak.operationsPerSecond * 1e-9,
      peakGigabytesPerSecond: peak.bytesPerSecond * 1e-9,
      stepMilliseconds: table.stepMilliseconds, launchMilliseconds: table.launchMilliseconds,
      launches: table.rows)
  }
}
