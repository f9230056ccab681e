public import ComputeGraph
public import OpenCL

/// The host side of a wave's examples: gathers them into staging memory and uploads them.
///
/// The wave that is expected next can be prepared while the device computes: gathered, and where the device has memory
/// of its own, uploaded beside the launches.
public final class WaveInputs {
  /// Staging memory of one wave, and beside it device memory where an upload is to run ahead.
  private struct Slot {
    let staging: [StagingBuffer]
    let ahead: [Buffer]
    /// The end of the last copy that reads the staging memory.
    var lastUpload: Event?
    /// What has been prepared: of which step, and which examples.
    var prepared: (step: Int, indices: ArraySlice<Int>)?
  }

  private let plan: CompiledPlan
  private let targets: [Buffer]
  private let transfer: CommandQueue?
  private var slots: [Slot] = []
  /// The slot of the last upload; the other one is free to prepare.
  private var current = 0

  /// Allocates for waves of the plan's capacity.
  ///
  /// - Parameters:
  ///   - plan: Whose examples these are.
  ///   - transfer: A queue for uploads that run ahead; nil where they bring nothing.
  /// - Throws: The OpenCL call that failed.
  public init(_ plan: CompiledPlan, transfer: CommandQueue? = nil) throws(OpenCLError) {
    self.plan = plan
    self.transfer = transfer
    targets = [plan.examples, plan.targets, plan.keys]
    for _ in 0..<2 {
      var ahead: [Buffer] = []
      if transfer != nil {
        for buffer in targets {
          ahead.append(try Buffer(context: plan.queue.context, byteCount: buffer.byteCount))
        }
      }
      slots.append(Slot(staging: try targets.staging(plan.queue), ahead: ahead))
    }
  }

  /// Enqueues the upload of the examples at `indices`, ahead of the wave's launches.
  ///
  /// - Parameters:
  ///   - indices: The wave's examples, in order.
  ///   - source: Where they are.
  ///   - step: The training step; what was prepared for it is taken. Nil for other waves.
  /// - Throws: The OpenCL call that failed.
  public func upload(
    _ indices: ArraySlice<Int>, from source: any ExampleSource, step: Int? = nil
  ) throws(OpenCLError) {
    current = 1 - current
    let byteCounts = byteCounts(indices.count)
    if let prepared = slots[current].prepared, prepared.step == step, prepared.indices == indices {
      slots[current].prepared = nil
      if transfer != nil, let event = slots[current].lastUpload {
        for (index, byteCount) in byteCounts.enumerated() {
          // Also the slot's device memory is free only when it has been copied.
          slots[current].lastUpload = try plan.queue.copy(
            slots[current].ahead[index], to: targets[index], byteCount: byteCount, after: [event])
        }
        return
      }
    } else {
      try gather(indices, from: source, slot: current)
    }
    for (index, byteCount) in byteCounts.enumerated() {
      slots[current].lastUpload = try plan.queue.upload(
        slots[current].staging[index], to: targets[index], byteCount: byteCount)
    }
  }

  /// Gathers the wave that is expected next, while the device computes; nothing is lost if another one comes.
  ///
  /// - Parameters:
  ///   - indices: The wave's examples, in order.
  ///   - source: Where they are.
  ///   - step: The training step that will ask for it.
  /// - Throws: The OpenCL call that failed.
  public func prepare(
    _ indices: ArraySlice<Int>, from source: any ExampleSource, step: Int
  ) throws(OpenCLError) {
    let slot = 1 - current
    try gather(indices, from: source, slot: slot)
    slots[slot].prepared = (step, indices)
    guard let transfer else { return }
    for (index, byteCount) in byteCounts(indices.count).enumerated() {
      slots[slot].lastUpload = try transfer.upload(
        slots[slot].staging[index], to: slots[slot].ahead[index], byteCount: byteCount)
    }
    try transfer.flush()
  }

  /// Throws where an upload that ran ahead has failed: the launches behind it worked on older bytes.
  public func check() throws(OpenCLError) { try transfer?.checkCopies() }

  private func byteCounts(_ count: Int) -> [Int] {
    let tensors = plan.plan.tensors
    return [
      tensors[plan.plan.examples].shape.count * count * 4,
      tensors[plan.plan.targets].shape.count * count * 4, count * 4,
    ]
  }

  /// Waits for the copy that reads the slot, and fills it.
  private func gather(
    _ indices: ArraySlice<Int>, from source: any ExampleSource, slot: Int
  ) throws(OpenCLError) {
    try slots[slot].lastUpload?.wait()
    slots[slot].prepared = nil
    let byteCounts = byteCounts(indices.count)
    let staging = slots[slot].staging
    source.gather(
      indices,
      examples: UnsafeMutableRawBufferPointer(start: staging[0].pointer, count: byteCounts[0]),
      targets: UnsafeMutableRawBufferPointer(start: staging[1].pointer, count: byteCounts[1]))
    let words = staging[2].bind(to: UInt32.self)
    for (row, index) in indices.enumerated() { words[row] = UInt32(truncatingIfNeeded: index) }
  }
}
