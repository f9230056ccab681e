import Chorus
import Foundation

/// The beginning of a run: its record, and the record that it took the place of.
struct RunStart {
  let record: RunRecord
  /// Whether the run was begun by another program.
  let isResumed: Bool
  private var replaced: [(name: String, data: Data?)] = []

  /// A run that is continued.
  init(_ record: RunRecord) {
    self.record = record
    isResumed = true
  }

  /// A run that begins: writes its recipe and its record, from which it can be continued.
  ///
  /// - Parameters:
  ///   - chosen: What is trained.
  ///   - options: How.
  ///   - folder: Where; it may hold a run that is finished.
  ///   - store: The checkpoints in the folder.
  /// - Throws: A usage failure where the folder holds a run that can be continued.
  init(
    _ chosen: ChosenRecipe, _ options: TrainOptions, _ folder: RunFolder, _ store: CheckpointStore
  ) throws {
    if let last = store.steps.last {
      guard RunRecord(folder: folder.path)?.finished(in: folder.path) != nil else {
        throw CommandFailure.usage(
          "--out \(folder.path) holds a run that is not finished (\(CheckpointStore.name(step: last)));"
            + " continue it with --resume \(folder.path), or name another folder")
      }
      store.removeAll()
    }
    record = RunRecord(chosen, options)
    isResumed = false
    let files = [
      (chosen.recordName, Data(chosen.record.utf8)), (RunRecord.fileName, try JSON.file(record)),
    ]
    replaced = files.map { ($0.0, folder.contents(of: $0.0)) }
    for (name, data) in files { try folder.write(data, to: name) }
  }

  /// Leaves the folder as it was, for a run that failed with nothing to continue from.
  func undo(in folder: RunFolder) {
    for (name, data) in replaced { folder.restore(name, to: data) }
  }
}
