import ArgumentParser
import Chorus

/// `chorus replica`: the process that `chorus train --isolate` starts for a device.
struct ReplicaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replica", abstract: "Computes for a run of another process, which starts it.",
    shouldDisplay: false)

  @Argument(help: "The text of the recipe of the run.")
  var recipe: String

  @Option(help: "The format of the recipe.")
  var format: String

  @Option(name: .customLong("set"), parsing: .unconditionalSingleValue, help: "As for train.")
  var settings: [String] = []

  @Option(help: "The name of the replica's device, such as 0/2[1].")
  var device: String

  @Option(help: "Shape of an example, such as 28,28,1.")
  var input: String

  @Option(help: "Classes of the data.")
  var classes: Int

  @Option(help: "Steps of the run.")
  var steps: Int

  @Option(help: "As for train.")
  var kernels = KernelOption.auto

  func run() throws {
    let format = try RecipeFormat(path: ".\(format)")
    var table = try RecipeTable(RecipeText(recipe, format: format, file: "the recipe"))
    for setting in settings { try table.apply(RecipeOverride(setting)) }
    let shape = Shape(input.split(separator: ",").compactMap { Int($0) })
    var replica = try RecipeReplica(
      Recipe(table), input: shape, classes: classes, steps: steps)
    let (device, cache) = (try findDevice(), CacheFolder())
    replica.configuration.programCache = cache.programs
    replica.configuration.tuning = cache.tiles
    replica.configuration.kernels = kernels.variant
    replica.configuration.selfTest = Placement.selfTest(
      kernels: replica.kernels, variant: kernels.variant)
    ReplicaHost.serve(replica.configuration, device: device)
  }

  /// The device of a name that `DeviceSelection` gave.
  private func findDevice() throws -> Device {
    let numbers = device.split { "/[]#".contains($0) }.compactMap { Int($0) }
    let isPart = device.contains("/") && numbers.count == 3
    guard let index = numbers.first else { throw noDevice }
    let item = DeviceRequest.Item(index: index, parts: isPart ? numbers[1] : 1)
    let selection = try DeviceSelection(.list([item]), from: Host.inventory()) { _ in 0 }
    let position = isPart ? numbers[2] : 0
    guard selection.members.indices.contains(position) else { throw noDevice }
    return selection.members[position].device
  }

  private var noDevice: CommandFailure { .failed("there is no device \(device)") }
}

extension Isolation {
  /// Processes of this program, for the replicas of a run of a recipe.
  init(_ chosen: ChosenRecipe, _ run: RecipeRun) {
    // The data stays where it is.
    let settings = chosen.arguments.dropFirst(chosen.arguments.first == "--data" ? 2 : 0)
    let (text, format) = (chosen.text.text, chosen.text.format.rawValue)
    let shape = run.data.training.exampleShape.dimensions.map(String.init)
    let sizes = [
      "--input", shape.joined(separator: ","), "--classes", "\(run.data.training.classCount)",
      "--steps", "\(run.configuration.steps)",
    ]
    let kernels = run.configuration.kernels
    // The program itself, also where its file has been replaced meanwhile.
    self.init(executable: "/proc/self/exe") { participant in
      let variant = participant.kernels ?? kernels
      return ["replica", "--format", format, "--device", participant.name] + settings + sizes
        + (variant.map { ["--kernels", $0.rawValue] } ?? []) + ["--", text]
    }
  }
}
