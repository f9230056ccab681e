import Chorus
import Foundation

/// `run.json`: what a run's folder needs to know of its start, so that the run can be continued.
struct RunRecord: Codable {
  /// Tells this run from one that used the folder before.
  let id: String
  /// The recipe's file in the folder.
  let recipe: String
  /// The recipe's own file, for reports, and its name without an ending.
  let file: String
  let name: String
  /// The options that changed the recipe, as `chorus train` takes them.
  let arguments: [String]
  /// Options that change no bit, as they were given; a resumed run may be given others.
  let devices: String?
  let split: String?
  let checkpointEvery: Int?
  let keep: Int?

  static let fileName = "run.json"

  /// The record of a run that begins.
  init(_ chosen: ChosenRecipe, _ options: TrainOptions) {
    id = UUID().uuidString
    recipe = chosen.recordName
    file = chosen.text.file
    name = chosen.name
    arguments = chosen.arguments
    devices = options.devices
    split = options.split
    checkpointEvery = options.checkpointEvery
    keep = options.keep
  }

  /// The record in a run's folder; nil where there is none that can be read.
  init?(folder: String) {
    guard let data = FileManager.default.contents(atPath: folder + "/" + Self.fileName),
      let record = try? JSONDecoder().decode(Self.self, from: data),
      !record.recipe.contains("/")
    else { return nil }
    self = record
  }

  /// The record of the run that `--resume` names.
  init(resuming folder: String) throws {
    guard let record = Self(folder: folder) else {
      throw CommandFailure.usage(
        "--resume \(folder) is not the folder of a run: it has no \(Self.fileName) of this version of chorus"
          + " train; begin a run with --out \(folder)")
    }
    self = record
  }

  /// The steps and the hash of a run that came to its end; nil for one that did not.
  func finished(in folder: String) -> (steps: Int, hash: String)? {
    struct Ending: Decodable {
      struct Configuration: Decodable { let steps: Int }
      let configuration: Configuration
      let run: String?
      let interrupted: Bool
      let weights_sha256: String
    }
    guard let data = FileManager.default.contents(atPath: folder + "/summary.json"),
      let ending = try? JSONDecoder().decode(Ending.self, from: data), ending.run == id,
      !ending.interrupted
    else { return nil }
    return (ending.configuration.steps, ending.weights_sha256)
  }
}

extension TrainOptions {
  /// The options of a run that is continued: those of its start that were not given anew.
  func continuing(_ record: RunRecord) -> TrainOptions {
    var options = self
    // Shares belong to the devices that they were given for.
    if devices == nil && split == nil { options.split = record.split }
    options.devices = devices ?? record.devices
    options.checkpointEvery = checkpointEvery ?? record.checkpointEvery
    options.keep = keep ?? record.keep
    return options
  }
}

extension ChosenRecipe {
  /// Name of the recipe's file in a run's folder.
  var recordName: String { "recipe.\(text.format.rawValue)" }

  /// The recipe of a run that is continued.
  ///
  /// - Parameters:
  ///   - record: What the run's start left in its folder.
  ///   - folder: The folder.
  ///   - data: Where the data lies now, if it was moved.
  /// - Throws: `RecipeError`, for a file that has been changed.
  init(_ record: RunRecord, folder: String, data: String?) throws {
    var pairs: [(option: String, value: String)] = []
    for index in stride(from: 0, to: record.arguments.count - 1, by: 2) {
      pairs.append((record.arguments[index], record.arguments[index + 1]))
    }
    try self.init(
      "\(folder)/\(record.recipe)",
      overrides: pairs.filter { $0.option == "--set" }.map { try RecipeOverride($0.value) },
      reportedAs: (record.name, record.file))
    if let path = data ?? pairs.first(where: { $0.option == "--data" })?.value { use(dataAt: path) }
  }
}
