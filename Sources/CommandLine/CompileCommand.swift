import ArgumentParser
import Chorus
import Foundation

/// `chorus compile`: one of the processes in which kernels are compiled side by side.
struct CompileCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compile", abstract: "Compiles kernels for another process, which starts it.",
    shouldDisplay: false)

  @Option(help: "Index of the device.")
  var device: Int

  @Argument(help: "The kernels and their options, as JSON.")
  var builds: String

  func run() throws {
    let builds = try JSONDecoder().decode([KernelBuild].self, from: Data(builds.utf8))
    let inventory = try Host.inventory()
    guard inventory.entries.indices.contains(device) else {
      throw CommandFailure.failed("there is no device \(device)")
    }
    let compiler = try KernelCompiler(
      device: inventory.entries[device].device, cache: CacheFolder().programs)
    // What cannot be compiled is reported by the process that needs it.
    for build in builds { try? compiler.compile(build) }
  }
}
