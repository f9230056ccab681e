import ComputeGraph
import Coordination
import DataParallel
import Execution
import Foundation
import OpenCL

/// A real training on two devices, as small as it can be: it is repeated for every call that it makes.
struct Training: Sendable {
  /// The devices.
  let devices: [Device]
  private let configuration: TrainerConfiguration

  /// Two halves of the first device that has halves, or the first device twice.
  init(vendors: Bool, audits: Bool) throws {
    let roots = try Platform.all().flatMap { try $0.devices() }
    guard let first = roots.first else { throw Failure(description: "there is no OpenCL device") }
    if vendors {
      devices = roots
    } else if let whole = roots.first(where: { $0.canPartitionEqually && $0.computeUnitCount > 1 })
    {
      let halves = try whole.partitionedEqually(into: 2)
      // Wrong bits are found by a majority.
      devices = audits ? halves + [halves[0]] : halves
    } else {
      devices = [first, first]
    }
    var graph = Graph(input: [3])
    try graph.append(Linear(outputs: 4))
    try graph.append(CrossEntropy())
    var configuration = try TrainerConfiguration(
      graph: graph, batch: 4, grain: 1, steps: 2, seed: 1,
      optimizer: OptimizerSettings(.sgd(), rate: 0.1))
    configuration.split = .fixed(devices.map { _ in 1 })
    // What hangs is given up soon: a run's orders take milliseconds. A busy machine is not taken for a hang.
    configuration.patience = Patience(least: 0.5, factor: 20, unknown: 2, preparation: 10)
    configuration.retrySeconds = nil
    configuration.auditInterval = audits ? 1 : 0
    // Not the user's folder: what a drill leaves there may be damaged.
    configuration.programCache = ProgramCache(
      directory: FileManager.default.temporaryDirectory
        .appendingPathComponent("chorus-fault-drill-\(getuid())").path)
    self.configuration = configuration
  }

  /// How a run ended.
  struct End: Sendable, Equatable {
    /// Committed steps.
    let step: Int
    /// Of the weights after them.
    let hash: String
    /// Why it stopped; nil after the last step.
    let error: String?
    /// What the trainer told on the way.
    let notices: [Notice]

    /// The devices that an audit or a comparison of weights named.
    var guilty: [Int] {
      notices.compactMap {
        switch $0 {
        case .lost(let replica, _, _, .wrongBits), .lost(let replica, _, _, .wrongState): replica
        default: nil
        }
      }
    }
  }

  /// Trains to the end, or until no device is left; then the committed weights are still to be had.
  ///
  /// - Returns: The weights that a user would save.
  /// - Throws: What leaves a user without weights.
  func run() throws -> End {
    let participants = devices.enumerated().map { Participant(device: $1, name: "\($0)") }
    let notices = Notices()
    let trainer: Trainer
    do {
      trainer = try Trainer(
        configuration, source: Ramp(), participants: participants,
        onNotice: { notices.all.append($0) })
    } catch let error as TrainingError {
      // Nothing is committed before the first step, so nothing is lost.
      return End(step: 0, hash: "", error: "\(error)", notices: notices.all)
    }
    var stop: String?
    do {
      while trainer.stepCount < configuration.steps { try trainer.step() }
    } catch let error as TrainingError {
      stop = "\(error)"
    }
    return End(
      step: trainer.stepCount, hash: trainer.weights().sha256, error: stop,
      notices: notices.all)
  }

  /// The weights' hash after each number of steps, without faults; empty before the first, where none is saved.
  func hashes() throws -> [String] {
    let participants = devices.enumerated().map { Participant(device: $1, name: "\($0)") }
    let trainer = try Trainer(configuration, source: Ramp(), participants: participants)
    var hashes = [trainer.weights().sha256]
    while trainer.stepCount < configuration.steps {
      try trainer.step()
      hashes.append(trainer.weights().sha256)
    }
    return hashes
  }
}

/// Notices of one run, all from the thread that trains.
private final class Notices {
  var all: [Notice] = []
}

/// Examples that follow from their index.
private struct Ramp: ExampleSource {
  let count = 12
  let exampleShape: Shape = [3]
  let classCount = 4

  func gather(
    _ indices: ArraySlice<Int>, examples: UnsafeMutableRawBufferPointer,
    targets: UnsafeMutableRawBufferPointer
  ) {
    for (row, index) in indices.enumerated() {
      for i in 0..<3 {
        examples.storeBytes(
          of: Float((index * 7 + i * 5) % 11) / 11, toByteOffset: (row * 3 + i) * 4,
          as: Float.self)
      }
      targets.storeBytes(of: Int32(index % 4), toByteOffset: row * 4, as: Int32.self)
    }
  }
}
