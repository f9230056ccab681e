import Chorus
import Foundation
import TestSupport

/// The process of an isolated replica, as a program of a library's user; `aborts` makes PoCL end it in the middle.
@main
enum AbortingReplica {
  static func main() throws {
    let arguments = CommandLine.arguments
    let index = arguments.count > 1 ? Int(arguments[1]) ?? 0 : 0
    let devices = try DeviceInventory().entries
    let configuration = try TrainerConfiguration(
      graph: isolatedNetwork(), batch: 32, grain: 4, steps: 100_000, seed: 5,
      optimizer: OptimizerSettings(.adam(), rate: 0.001))
    if arguments.contains("aborts") {
      Thread {
        Thread.sleep(forTimeInterval: 1)
        PoCLMisuse.run(platform: "Portable Computing Language")
      }.start()
    }
    ReplicaHost.serve(configuration, device: devices[index].device)
  }
}
