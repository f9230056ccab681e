import ComputeGraph
import Crypto
import Foundation
import OpenCL

/// A plan's memory and queue on one device, to time single launches in.
final class TuningBench {
  /// One tile of a step: its launch, and how long it took.
  final class Trial {
    let tile: Tile
    let variant: KernelVariant
    fileprivate let launch: Launch
    /// Seconds of each round.
    var rounds: [Double] = []
    /// The shortest; infinite before the first round.
    var seconds: Double { rounds.min() ?? .infinity }
    /// The middle one.
    var median: Double { rounds.isEmpty ? .infinity : rounds.sorted()[rounds.count / 2] }

    fileprivate init(_ tile: Tile, _ variant: KernelVariant, _ launch: Launch) {
      self.tile = tile
      self.variant = variant
      self.launch = launch
    }
  }

  let plan: Plan
  let examples: Int
  let grain: Int
  let queue: CommandQueue
  let memory: DeviceMemory
  private let noise: StagingBuffer
  private let scale = GradientScale(exponent: 20)

  /// Allocates the memory of a plan for waves of `examples`.
  init(_ plan: Plan, examples: Int, grain: Int, context: Context) throws(OpenCLError) {
    self.plan = plan
    self.examples = examples
    self.grain = grain
    queue = try CommandQueue(context: context, profiling: true)
    memory = try DeviceMemory(
      plan, layout: BucketLayout(plan, sizes: .standard), capacity: examples, grain: grain,
      optimizer: .sgd(), keepsAverages: false, keepsAll: false, context: context, queue: queue)
    noise = try StagingBuffer(context: context, queue: queue, byteCount: 4 << 20)
    let values = noise.bind(to: Float.self)
    let philox = Philox(seed: 1)
    for index in values.indices where index % 4 == 0 {
      let words = philox.block(SIMD4(UInt32(index), 0, 0, 0))
      for lane in 0..<4 { values[index + lane] = 2 * Philox.unitFloat(words[lane]) - 1 }
    }
    for weights in memory.weights { try fill(weights) }
    try queue.finish()
  }

  /// A launch of the step with a tile; nil or an error where the kernel cannot be built or run so.
  func trial(_ step: Step, _ tile: Tile, _ builder: KernelBuilder) throws(OpenCLError) -> Trial? {
    guard let built = try builder.build(step, tile: tile) else { return nil }
    return try trial(step, tile, built, builder)
  }

  /// A launch of the step with its standard tile, or the largest below it that the device can run.
  func standardTrial(_ step: Step, _ builder: KernelBuilder) throws(OpenCLError) -> Trial? {
    let built = try builder.build(step, examples: examples, grain: grain)
    guard let tile = built.tile else { return nil }
    return try trial(step, tile, built, builder)
  }

  private func trial(
    _ step: Step, _ tile: Tile, _ built: BuiltKernel, _ builder: KernelBuilder
  ) throws(OpenCLError) -> Trial {
    let lowering = Lowering(plan: plan, memory: memory, builder: builder, grain: grain)
    let launch = try lowering.launch(step, built)
    try launch.setGradient(scale, accumulates: false)
    let trial = Trial(tile, built.variant, launch)
    // Some drivers compile when a kernel is launched for the first time.
    try run(trial)
    return trial
  }

  /// Runs a launch once and keeps its time.
  @discardableResult
  func time(_ trial: Trial) throws(OpenCLError) -> Double {
    let seconds = try run(trial)
    trial.rounds.append(seconds)
    return seconds
  }

  /// Enqueues a launch and nothing else.
  func enqueue(_ trial: Trial) throws(OpenCLError) {
    try trial.launch.enqueue(on: queue, examples: examples)
  }

  /// Waits for all launches.
  func finish() throws(OpenCLError) { try queue.finish() }

  @discardableResult
  private func run(_ trial: Trial) throws(OpenCLError) -> Double {
    let event = try trial.launch.event(on: queue, examples: examples)
    try queue.finish()
    return try event.profile().seconds
  }

  /// What a launch is called in a profile, and its floating-point operations; 0 where they are not known.
  func describe(_ trial: Trial) -> (operand: String, operations: Double) {
    (trial.launch.identity.operand, trial.launch.operations(of: examples))
  }

  /// Fills all that a step reads and writes with the same numbers from -1 to 1, as in every call.
  func refill(_ step: Step) throws(OpenCLError) {
    for id in Set(step.tensors) where plan.tensors[id].element == .float {
      try fill(memory.tensors[id])
    }
    try queue.finish()
  }

  /// SHA-256 of all that a launch writes, from the same numbers.
  func digest(_ trial: Trial) throws(OpenCLError) -> [UInt8] {
    let step = trial.launch.step
    try refill(step)
    try run(trial)
    var hash = SHA256()
    var written: [Buffer] = []
    for id in step.outputs { written.append(memory.tensors[id]) }
    if let parameter = step.parameter { written.append(try memory.sum(parameter)) }
    for buffer in written {
      let copy = try StagingBuffer(
        context: queue.context, queue: queue, byteCount: buffer.byteCount)
      try queue.download(buffer, to: copy, byteCount: buffer.byteCount).wait()
      withExtendedLifetime(copy) {
        hash.update(
          bufferPointer: UnsafeRawBufferPointer(start: copy.pointer, count: copy.byteCount))
      }
    }
    return Array(hash.finalize())
  }

  private func fill(_ buffer: Buffer) throws(OpenCLError) {
    for offset in stride(from: 0, to: buffer.byteCount, by: noise.byteCount) {
      _ = try queue.upload(
        noise, to: buffer, offset: offset,
        byteCount: min(noise.byteCount, buffer.byteCount - offset))
    }
  }
}
