import ArgumentParser
import Chorus
import Foundation

/// `chorus tune`.
struct Tune: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Looks for the fastest tiles of a recipe's products on each device.",
    discussion: """
      Products are computed in register tiles, whose shape decides their speed and never a bit. `chorus train` and \
      `chorus bench train` use what was found for a device, its driver and the kernels, for products of the same \
      shape in waves of the same size; for others the standard tiles. The tables are in $CHORUS_CACHE (default \
      ~/.cache/chorus), in the folder tiles.

      Examples:
        chorus tune                               lenet, as chorus train would train it
        chorus tune resnet18 --devices 1 --budget 120
        chorus tune --show                        what is tuned on every device
      """)

  @Argument(
    help: ArgumentHelp(
      "Recipes whose products are tuned: files, or names of those that are built in (default: lenet).",
      discussion: "Noise takes the place of data that is not there.", valueName: "recipes"))
  var recipes: [String] = []

  @Option(
    name: .customLong("set"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Change a key of the recipes, such as training.batch=64; may be given several times.",
      valueName: "key.path=value"))
  var settings: [String] = []

  @Option(
    help: "Devices, as for `chorus train --devices` (default: all; every with --show).")
  var devices: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Seconds for other tiles than the standard ones, on each device and for each recipe.",
      valueName: "seconds"))
  var budget = 30.0

  @Flag(help: "Print what is tuned instead.")
  var show = false

  @Flag(help: "Print one JSON object instead of tables.")
  var json = false

  func validate() throws {
    guard budget > 0, budget.isFinite else {
      throw ValidationError("--budget \(budget) must be a positive number of seconds.")
    }
    if let devices, DeviceRequest(devices) == nil {
      throw ValidationError("--devices \(devices) is not a request; see chorus train --help.")
    }
    guard !show || recipes.isEmpty && settings.isEmpty else {
      throw ValidationError("--show prints all that is tuned; leave recipes and --set out.")
    }
  }

  func run() throws {
    let tables = show ? try savedTables() : try tunedTables()
    if json { try Console.print(JSON.object(["tables": tables])) }
  }

  private func savedTables() throws -> [TuneTable] {
    let cache = CacheFolder().tiles
    let selection = try Placement.select(devices.flatMap(DeviceRequest.init) ?? .every)
    return withoutTwins(selection.members).compactMap { member in
      let device = "\(member.name) (\(member.device.name), \(member.device.platformName))"
      guard let saved = cache.table(for: member.device), !saved.entries.isEmpty else {
        note("on \(device) nothing is tuned: chorus tune RECIPE --devices \(member.index)")
        return nil
      }
      let table = TuneTable(
        device: member.name, file: cache.file(for: member.device).path,
        rows: saved.longestFirst.map { TuneTable.Row($0.key, $0.choice) })
      note("on \(device), in \(table.file):")
      note(TuneTable.titles)
      table.rows.forEach { note($0.text) }
      return table
    }
  }

  private func tunedTables() throws -> [TuneTable] {
    let overrides = try settings.map { try RecipeOverride($0) }
    let runs = try (recipes.isEmpty ? ["lenet"] : recipes).map {
      try TrainingBenchmark.prepare($0, overrides: overrides)
    }
    let kernels = runs.reduce(into: Set<String>()) { $0.formUnion($1.run.kernels) }
    let selection = try Placement.select(
      devices.flatMap(DeviceRequest.init) ?? .all, kernels: kernels)
    selection.notes.forEach(Console.note)
    var tables: [TuneTable] = []
    for (name, run) in runs {
      for member in withoutTwins(selection.members) {
        tables.append(try tune(name, run, member))
      }
    }
    return tables
  }

  private func tune(
    _ name: String, _ run: RecipeRun, _ member: DeviceSelection.Member
  ) throws -> TuneTable {
    let cache = CacheFolder().tiles
    var table = TuneTable(
      recipe: name, device: member.name, file: cache.file(for: member.device).path)
    let tuner = try Tuner(run.configuration, device: member.device)
    note("\(name) on \(member.name) (\(member.device.platformName)), \(budget) s:")
    note(TuneTable.titles)
    let choices = try tuner.run(
      budget: budget, known: cache.table(for: member.device) ?? TileTable()
    ) { outcome in
      let row = TuneTable.Row(outcome)
      table.rows.append(row)
      note(row.text)
      for tile in outcome.refused {
        Console.note(
          "\(outcome.key.kernel) gives other bits with the tile \(LaunchTable.text(tile)), which is not used:"
            + " the driver of device \(member.index) does not compile it right")
      }
    }
    do {
      try cache.add(choices, for: member.device)
    } catch {
      throw CommandFailure.failed(
        "the tiles cannot be saved as \(table.file): \(error); set CHORUS_CACHE to a folder that can be written"
      )
    }
    note(table.summary)
    return table
  }

  /// Equal devices, and equal parts of one, share a table: one of them is enough.
  private func withoutTwins(_ members: [DeviceSelection.Member]) -> [DeviceSelection.Member] {
    let cache = CacheFolder().tiles
    var files: Set<URL> = []
    return members.filter { files.insert(cache.file(for: $0.device)).inserted }
  }

  /// Prints a line for people; nothing where programs read.
  private func note(_ line: String) {
    if !json { Console.print(line) }
  }
}
