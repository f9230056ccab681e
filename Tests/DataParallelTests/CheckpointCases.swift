import Chorus
import TestSupport

/// A run that keeps all a run can keep, small enough to be damaged in many places.
struct CheckpointCase {
  let configuration: TrainerConfiguration
  let source: MemoryExamples

  /// Batch normalisations, a shortcut and dropout; AdamW with averages; three steps in an epoch, the last shorter.
  ///
  /// - Parameter seed: Of the run.
  /// - Throws: `GraphError`.
  init(seed: UInt64 = 3) throws {
    let graph = try TestNetwork.residual.graph()
    var optimizer = OptimizerSettings(
      .adamW(), rate: 0.01, schedule: Schedule(.cosine(), warmUpSteps: 2))
    (optimizer.weightDecay, optimizer.averageDecay, optimizer.clipNorm) = (0.01, 0.9, 0.5)
    configuration = try TrainerConfiguration(
      graph: graph, batch: 6, grain: 2, steps: 9, seed: seed, optimizer: optimizer)
    source = MemoryExamples(random: 17, for: graph, seed: 5)
  }

  /// A trainer on a placement.
  func trainer(_ placement: TestPlacement, resuming: TrainingState? = nil) throws -> Trainer {
    var configuration = configuration
    configuration.split = placement.split
    configuration.programCache = CacheFolder().programs
    return try Trainer(
      configuration, source: source, participants: placement.participants, resuming: resuming)
  }

  /// The state after so many steps on the first device.
  func state(after steps: Int) throws -> TrainingState {
    let trainer = try trainer(Placements().alone())
    for _ in 0..<steps { try trainer.step() }
    return trainer.state()
  }

  /// The network with another loss behind the same parameters.
  func softerLoss() throws -> Graph {
    var graph = Graph(input: configuration.graph.inputShape)
    for node in configuration.graph.nodes.dropFirst().dropLast() {
      try graph.add(node.operation, to: node.inputs)
    }
    try graph.append(CrossEntropy(labelSmoothing: 0.2))
    return graph
  }
}
