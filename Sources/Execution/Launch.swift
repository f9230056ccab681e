import ComputeGraph
import OpenCL

/// One kernel with its arguments, replayed every wave; only what changed since the last one is set again.
final class Launch {
  /// The step that it computes.
  let step: Step
  let kernel: Kernel
  let identity: LaunchIdentity
  /// Bytes of the operands of one example, and of those that every wave has.
  private let byteCounts: (perExample: Int, fixed: Int)
  private let workItems: [WorkItems]
  /// Items of a work-group; so many, in dimension 0, stand for one of `workItems`.
  private let groupItems: Int
  private let grain: Int
  private var lastExamples = -1

  /// Work-items of one dimension.
  struct WorkItems {
    let units: Step.Units
    let perItem: Int
    var times = 1
  }

  /// A launch whose arguments are set, but for those that depend on the wave.
  init(
    _ step: Step, _ built: BuiltKernel, identity: LaunchIdentity, workItems: [WorkItems],
    byteCounts: (perExample: Int, fixed: Int), grain: Int
  ) {
    self.step = step
    kernel = built.kernel
    groupItems = built.groupItems
    self.identity = identity
    self.workItems = workItems
    self.byteCounts = byteCounts
    self.grain = grain
  }

  /// Enqueues the launch for a wave of `examples`.
  func enqueue(
    on queue: CommandQueue, examples: Int, recorder: LaunchRecorder? = nil
  ) throws(OpenCLError) {
    guard let recorder else {
      try setWave(examples)
      let (global, local) = workSizes(examples)
      try queue.enqueue(kernel, global: global, local: local)
      return
    }
    recorder.add(
      identity, operations: operations(of: examples),
      byteCount: Double(byteCounts.perExample * examples + byteCounts.fixed),
      event: try event(on: queue, examples: examples))
  }

  /// The same, with an event that tells when it ran.
  func event(on queue: CommandQueue, examples: Int) throws(OpenCLError) -> Event {
    try setWave(examples)
    let (global, local) = workSizes(examples)
    return try queue.launch(kernel, global: global, local: local)
  }

  /// Floating-point operations for a wave of `examples`; 0 where bytes decide the time.
  func operations(of examples: Int) -> Double {
    Double((step.operationsPerExample ?? 0) * examples)
  }

  private func setWave(_ examples: Int) throws(OpenCLError) {
    guard examples != lastExamples else { return }
    for (index, argument) in step.arguments.enumerated() {
      switch argument {
      case .examples(let times): try kernel.setArgument(index, Int32(examples * times))
      case .grains: try kernel.setArgument(index, Int32(grains(of: examples)))
      default: continue
      }
    }
    lastExamples = examples
  }

  private func workSizes(_ examples: Int) -> (global: WorkSize, local: WorkSize) {
    let first = size(0, examples) * groupItems
    return switch workItems.count {
    case 1: (WorkSize(first), WorkSize(groupItems))
    case 2: (WorkSize(first, size(1, examples)), WorkSize(groupItems, 1))
    default:
      (
        WorkSize(first, size(1, examples), size(2, examples)), WorkSize(groupItems, 1, 1)
      )
    }
  }

  /// Sets how the gradient is rounded and whether this wave writes its sums or adds to them.
  func setGradient(_ scale: GradientScale, accumulates: Bool) throws(OpenCLError) {
    for (index, argument) in step.arguments.enumerated() {
      switch argument {
      case .scale: try kernel.setArgument(index, scale.factor)
      case .limit: try kernel.setArgument(index, scale.limitBits)
      case .accumulate: try kernel.setArgument(index, Int32(accumulates ? 1 : 0))
      default: continue
      }
    }
  }

  private func grains(of examples: Int) -> Int { (examples + grain - 1) / grain }

  private func size(_ dimension: Int, _ examples: Int) -> Int {
    let item = workItems[dimension]
    let units =
      switch item.units {
      case .fixed(let count): count
      case .perExample(let count): examples * count
      case .perGrain(let count): grains(of: examples) * count
      case .perExampleOfGrain(let count): grain * count
      }
    return (units + item.perItem - 1) / item.perItem * item.times
  }
}
