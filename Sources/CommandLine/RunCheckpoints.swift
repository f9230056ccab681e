import Chorus
import Foundation

/// When a run's checkpoints are written, and what is said about them.
final class RunCheckpoints {
  let store: CheckpointStore
  private let writer: CheckpointWriter
  private let log: RunLog
  /// Steps from one to the next; nil: time decides.
  private let every: Int?
  private var last = ContinuousClock.now
  /// Seconds that the last one took, the copy from the device and the writing.
  private var cost = (copy: 0.0, writing: 0.0)

  /// Without `--checkpoint-every`, one is written after so many seconds, or later: it may take this share of the time.
  private static let shortestSeconds = 10.0, share = 0.02

  init(_ folder: RunFolder, _ options: TrainOptions, log: RunLog) {
    store = CheckpointStore(folder.file("checkpoints"), keep: options.keep ?? 3)
    writer = CheckpointWriter(store)
    every = options.checkpointEvery
    self.log = log
  }

  /// Writes a checkpoint in the background, if one is due.
  func stepDone(_ trainer: Trainer, _ attachments: () throws -> [String: Data]) throws {
    report(writer.takeOutcomes())
    guard isDue(trainer.stepCount) else { return }
    try write(trainer, attachments)
  }

  /// Writes a checkpoint and waits for it, unless there is nothing to keep.
  func interrupted(_ trainer: Trainer, _ attachments: () throws -> [String: Data]) throws {
    if trainer.stepCount > 0 { try write(trainer, attachments) }
    finish()
  }

  /// Waits for what is being written.
  func finish() { report(writer.finish()) }

  private func isDue(_ step: Int) -> Bool {
    if let every { return step % every == 0 }
    let pause = max(Self.shortestSeconds, (cost.copy + cost.writing) / Self.share)
    return !writer.isBusy && (ContinuousClock.now - last).inSeconds >= pause
  }

  private func write(_ trainer: Trainer, _ attachments: () throws -> [String: Data]) throws {
    last = .now
    var state = trainer.state()
    state.attachments = try attachments()
    cost.copy = (ContinuousClock.now - last).inSeconds
    writer.submit(state)
  }

  private func report(_ outcomes: [CheckpointWriter.Outcome]) {
    for outcome in outcomes {
      cost.writing = outcome.seconds
      if let problem = outcome.problem {
        Console.note(
          "warning: \(problem); training goes on, and the checkpoints before it are kept")
      } else {
        log.checkpoint(step: outcome.step)
      }
    }
  }
}
