public import ComputeGraph
public import Coordination
public import Execution
public import OpenCL
public import Timeline

/// What a training run computes (the recipe), and where.
public struct TrainerConfiguration: Sendable {
  /// The network.
  public var graph: Graph
  /// Examples of a global batch; a multiple of `grain`.
  public var batch: Int
  /// Examples of a grain: part of the recipe, because it decides the bits.
  public var grain: Int
  /// Steps of the whole run, which the learning rate follows.
  public var steps: Int
  /// Seeds the initial weights and the order of the examples.
  public var seed: UInt64
  /// The optimizer.
  public var optimizer: OptimizerSettings

  /// How grains are split over the replicas. Changes no bit, like all that follows.
  public var split = Split.measured
  /// When a bucket of gradients is closed; nil for what suits the participants' links.
  public var buckets: BucketSizes?
  /// How long a device may take before it is given up.
  public var patience = Patience()
  /// Every so many steps one grain is computed by two devices and their bits are compared; 0 for never.
  public var auditInterval = 50
  /// Seconds after which a device that was given up is tried again, twice as long each time, up to 32 times; nil for never.
  public var retrySeconds: Double? = 30
  /// Records what devices and host do, and when.
  public var trace: Recorder?
  /// Takes the time of every launch on every replica of this process: for measuring, since it slows small launches.
  public var profile: LaunchProfile?
  /// Gives each replica a process of its own; nil for threads of this one.
  public var isolation: Isolation?
  /// Faults of a drill.
  public var injections: [Injection] = []
  /// What a device must pass before it is used, or used again: throws if its bits are wrong.
  public var selfTest: (@Sendable (Device) throws -> Void)?
  /// Most grains of one launch; more are computed in waves.
  public var waveGrains: Int?
  /// How products are cut into tiles.
  public var tiles = TileChoice.standard
  /// How kernels are written; nil for what suits each device.
  public var kernels: KernelVariant?
  /// Where a device's tuned tiles are kept on disk, which are used in the place of the standard ones; nil for none.
  public var tuning: TuningCache?
  /// Keeps built programs on disk.
  public var programCache: ProgramCache?

  /// A run with the default placement.
  ///
  /// - Throws: `TrainingError.invalidConfiguration`, which says what to change.
  public init(
    graph: Graph, batch: Int, grain: Int, steps: Int, seed: UInt64, optimizer: OptimizerSettings
  ) throws {
    guard grain > 0 else {
      throw TrainingError.invalidConfiguration("--grain \(grain) must be at least 1")
    }
    guard batch > 0, batch % grain == 0 else {
      let near = max(1, (batch + grain / 2) / grain) * grain
      throw TrainingError.invalidConfiguration(
        "--batch \(batch) is not a multiple of --grain \(grain); use --batch \(near)"
          + ", or another grain")
    }
    if let problem = optimizer.problem(steps: steps) {
      throw TrainingError.invalidConfiguration(problem)
    }
    self.graph = graph
    self.batch = batch
    self.grain = grain
    self.steps = steps
    self.seed = seed
    self.optimizer = optimizer
  }

  /// The learning rate of a step, from 0.
  func rate(at step: Int) -> Double { optimizer.rate(at: step, of: steps) }

  /// The state before the first step.
  func initialState(_ layout: BucketLayout) -> PlanState {
    PlanState(
      initial: graph.parameters.enumerated().map { $1.initialValues(seed: seed, id: $0) },
      layout: layout, optimizer: optimizer.optimizer, keepsAverages: optimizer.averageDecay != nil)
  }

  /// Whether a run can begin with these examples and devices.
  ///
  /// - Throws: `TrainingError.invalidConfiguration`, which says what to change.
  func check(_ source: any ExampleSource, _ participants: [Participant]) throws {
    guard source.count > 0 else {
      throw TrainingError.invalidConfiguration("there are no training examples")
    }
    try checkExamples(source)
    guard participants.contains(where: { !$0.isReserve }) else {
      throw TrainingError.invalidConfiguration("there is no device to train on")
    }
    if case .fixed(let shares) = split {
      let count = participants.count { !$0.isReserve }
      guard shares.count == count, shares.contains(where: { $0 > 0 }) else {
        throw TrainingError.invalidConfiguration(
          "--split has \(shares.count) shares, but the number of replicas is \(count);"
            + " give one whole number per replica, not all of them 0")
      }
    }
  }

  /// Whether the network can be trained on these examples.
  ///
  /// - Throws: `TrainingError.invalidConfiguration`, with both shapes.
  package func checkExamples(_ source: any ExampleSource) throws {
    guard source.exampleShape.count == graph.inputShape.count,
      source.exampleElement == graph.inputElement
    else {
      throw TrainingError.invalidConfiguration(
        "the examples have shape \(source.exampleShape) of \(source.exampleElement)s, but the network takes"
          + " \(graph.inputShape) of \(graph.inputElement)s")
    }
    let last = graph.nodes[graph.lastNode]
    guard let loss = last.operation as? any LossOperation else { return }
    let predictions = graph.nodes[last.inputs[0]].shape
    let target = loss.target(of: predictions)
    guard source.targetShape.count == target.shape.count, source.targetElement == target.element
    else {
      throw TrainingError.invalidConfiguration(
        "the examples have targets of shape \(source.targetShape), but the loss of this network takes"
          + " \(target.shape)")
    }
    guard
      target.element == .float || source.classCount <= predictions.dimensions[predictions.rank - 1]
    else {
      throw TrainingError.invalidConfiguration(
        "the examples have \(source.classCount) classes, but the network tells"
          + " \(predictions.dimensions[predictions.rank - 1]) apart")
    }
  }
}

/// A device that takes part, and the name that messages use for it.
public struct Participant: Sendable {
  /// The device.
  public let device: Device
  /// Name, such as `0` or `0/2[1]`.
  public let name: String
  /// Seconds per grain expected before anything is measured; only the ratio to other devices matters.
  public let expectedSeconds: Double

  /// How its gradients travel; nil where that was not measured.
  public let link: Link?
  /// Whether it only computes where others disagree.
  public let isReserve: Bool
  /// How its kernels are written; nil for what the run's configuration says.
  public let kernels: KernelVariant?

  /// A device with a first estimate of its speed.
  public init(
    device: Device, name: String, expectedSeconds: Double = 1, link: Link? = nil,
    isReserve: Bool = false, kernels: KernelVariant? = nil
  ) {
    self.device = device
    self.name = name
    self.expectedSeconds = expectedSeconds
    self.link = link
    self.isReserve = isReserve
    self.kernels = kernels
  }
}
