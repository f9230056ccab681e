import ComputeGraph
import OpenCL

/// The launches that update one bucket's weights: one per run of parameters that are updated alike.
final class BucketUpdate {
  private struct Run {
    let role: Parameter.Role
    let count: Int
    let built: BuiltKernel
    /// Where the kernel takes the gradients; the run's place in them stands behind.
    let gradientArgument: Int

    var kernel: Kernel { built.kernel }
  }

  private var runs: [Run] = []
  private let average: BuiltKernel?
  private let count: Int
  private let firstValue: Int

  /// Elements that one work-item of optimizer.cl updates, or one work-group of optimizer_gpu.cl.
  private static let block = 4096

  init(
    bucket index: Int, of layout: BucketLayout, parameters: [Parameter], optimizer: Optimizer,
    memory: DeviceMemory, builder: KernelBuilder
  ) throws(OpenCLError) {
    let bucket = layout.buckets[index]
    count = bucket.count
    firstValue = 4 + optimizer.stateCount
    for run in layout.updateRuns(bucket: index, parameters: parameters) {
      var buffers = [memory.weights[index]]
      let built: BuiltKernel
      if case .statistic = run.role {
        built = try builder.build("statistic_update")
      } else {
        built = try builder.build(optimizer.kernel)
        buffers += memory.states.map { $0[index] }
      }
      let kernel = built.kernel
      for (argument, buffer) in buffers.enumerated() { try kernel.setArgument(argument, buffer) }
      let gradients = buffers.count
      try kernel.setArgument(gradients + 1, Int32(run.range.lowerBound))
      try kernel.setArgument(gradients + 2, Int32(run.range.count))
      runs.append(
        Run(role: run.role, count: run.range.count, built: built, gradientArgument: gradients))
    }
    if !memory.averages.isEmpty {
      let built = try builder.build("average_update")
      let kernel = built.kernel
      try kernel.setArgument(0, memory.averages[index])
      try kernel.setArgument(1, memory.weights[index])
      try kernel.setArgument(2, Int32(0))
      try kernel.setArgument(3, Int32(count))
      average = built
    } else {
      average = nil
    }
  }

  /// Enqueues the update from the bucket's reduced gradients, `[bucket.count]` floats.
  func enqueue(
    _ numbers: UpdateNumbers, gradients: Buffer, on queue: CommandQueue,
    recorder: LaunchRecorder? = nil
  ) throws(OpenCLError) {
    for run in runs {
      try run.kernel.setArgument(run.gradientArgument, gradients)
      switch run.role {
      case .statistic(let momentum):
        try run.kernel.setArgument(4, 1 - momentum)
        try run.kernel.setArgument(5, momentum * numbers.inverseGrains)
      case .weight:
        try set(numbers.arguments(decays: true), of: run.kernel)
      case .bias:
        try set(numbers.arguments(decays: numbers.decaysBiases), of: run.kernel)
      }
      try launch(run.built, count: run.count, on: queue, recorder)
    }
    if let average, let share = numbers.averageShare {
      try average.kernel.setArgument(4, share)
      try launch(average, count: count, on: queue, recorder)
    }
  }

  private func set(_ values: [UpdateArgument], of kernel: Kernel) throws(OpenCLError) {
    for (index, value) in values.enumerated() {
      switch value {
      case .float(let number): try kernel.setArgument(firstValue + index, number)
      case .int(let number): try kernel.setArgument(firstValue + index, number)
      }
    }
  }

  private func launch(
    _ built: BuiltKernel, count: Int, on queue: CommandQueue, _ recorder: LaunchRecorder?
  ) throws(OpenCLError) {
    let kernel = built.kernel
    let global = WorkSize((count + Self.block - 1) / Self.block * built.groupItems)
    let local = WorkSize(built.groupItems)
    guard let recorder else {
      try queue.enqueue(kernel, global: global, local: local)
      return
    }
    // Weights, and what the optimizer keeps, are read and written; gradients are read.
    let arrays = 2 * (firstValue - 3) + 1
    recorder.add(
      LaunchIdentity(kernel: kernel.name, operand: "weights"), operations: 0,
      byteCount: Double(arrays * count * 4),
      event: try queue.launch(kernel, global: global, local: local))
  }
}
