import Execution
import ComputeGraph
public import Foundation

/// Everything that a run needs to continue with the same bits, between two steps, on any devices.
///
/// The order of the examples and all random numbers are functions of seed and step, so the step is the cursor too.
public struct TrainingState: Sendable {
  /// Whose state this is.
  public let identity: RunIdentity
  /// Committed steps.
  public let step: Int
  /// Weights, one array per parameter.
  public let weights: [[Float]]
  /// What the optimizer keeps, by its names for them (`Optimizer.stateNames`); one array per parameter.
  public let states: [(name: String, values: [[Float]])]
  /// Moving averages of the weights, one array per parameter; empty where none are kept.
  public let averages: [[Float]]
  /// Exponent of each parameter's gradient scale; empty before the first step.
  public let scaleExponents: [Int]
  /// Digest of the kernels that computed it (`KernelVersion.digest`); others may continue with other bits.
  public let kernels: String
  /// What the program that trains keeps beside it, such as the loss curve.
  public var attachments: [String: Data] = [:]

  init(
    identity: RunIdentity, step: Int, weights: [[Float]], states: [(String, [[Float]])],
    averages: [[Float]], scaleExponents: [Int], kernels: String
  ) {
    self.identity = identity
    self.step = step
    self.weights = weights
    self.states = states.map { ($0.0, $0.1) }
    self.averages = averages
    self.scaleExponents = scaleExponents
    self.kernels = kernels
  }

  /// Epoch of the next step, from 0, and the position in its order of the next example.
  public var cursor: (epoch: Int, position: Int) {
    let stepsPerEpoch = (identity.exampleCount + identity.batch - 1) / identity.batch
    return (step / stepsPerEpoch, step % stepsPerEpoch * identity.batch)
  }
}

extension TrainingState {
  /// The state of a device, after `step` committed steps.
  ///
  /// - Parameters:
  ///   - state: What the device holds.
  ///   - layout: Where parameters lie in it.
  ///   - step: Committed steps.
  ///   - scales: Scales of the next step's gradients, by parameter; empty before the first step.
  ///   - identity: Of the run.
  ///   - optimizer: Names what it keeps.
  init(
    _ state: PlanState, layout: BucketLayout, step: Int, scales: [GradientScale],
    identity: RunIdentity, optimizer: Optimizer
  ) {
    self.init(
      identity: identity, step: step, weights: layout.parameters(of: state.weights),
      states: zip(optimizer.stateNames, state.states).map { ($0, layout.parameters(of: $1)) },
      averages: state.averages.isEmpty ? [] : layout.parameters(of: state.averages),
      scaleExponents: scales.map(\.exponent), kernels: KernelVersion.digest)
  }

  /// The same for devices, whose buckets have this layout.
  func planState(_ layout: BucketLayout) -> PlanState {
    PlanState(
      weights: layout.buckets(of: weights), states: states.map { layout.buckets(of: $0.values) },
      averages: averages.isEmpty ? [] : layout.buckets(of: averages))
  }

  /// The scales of the next step.
  var scales: [GradientScale] { scaleExponents.map { GradientScale(exponent: $0) } }

  /// Refuses to continue another run.
  ///
  /// - Parameters:
  ///   - identity: Of the run that is to continue.
  ///   - settings: Its optimizer.
  /// - Throws: `TrainingError.invalidConfiguration`, which names the difference.
  func check(_ identity: RunIdentity, _ settings: OptimizerSettings) throws {
    if let difference = identity.difference(from: self.identity) {
      throw TrainingError.invalidConfiguration(
        "the checkpoint of step \(step) belongs to another run: it has \(difference)")
    }
    let counts = identity.parameters.map { $0.shape.reduce(1, *) }
    guard (0...identity.steps).contains(step), weights.map(\.count) == counts,
      states.map(\.name) == settings.optimizer.stateNames,
      states.allSatisfy({ $0.values.map(\.count) == counts }),
      averages.map(\.count) == (settings.averageDecay == nil ? [] : counts),
      scaleExponents.count == (step == 0 && scaleExponents.isEmpty ? 0 : counts.count),
      scaleExponents.allSatisfy(GradientScale.exponents.contains)
    else {
      throw TrainingError.invalidConfiguration(
        "the checkpoint of step \(step) does not hold what this run keeps")
    }
  }
}
