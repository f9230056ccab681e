import ComputeGraph
import Execution
import OpenCL

/// Where things lie in the memory that a replica's process shares with the one that trains.
struct SharedLayout: Sendable {
  /// Sums and magnitudes of each bucket; written by the replica.
  private(set) var sums: [Int] = []
  /// Reduced gradients of each bucket; written for the replica.
  private(set) var gradients: [Int] = []
  /// A wave of examples and their targets; written for the replica.
  let examples: Range<Int>, targets: Range<Int>
  /// All of it.
  let byteCount: Int
  private let state: Int
  private let buckets: [Int]
  private let arrayCount: Int

  /// The layout for waves of `capacity` examples; `keepsAverages` and the optimizer decide the size of the state.
  init(
    _ layout: BucketLayout, plan: Plan, capacity: Int, optimizer: Optimizer, keepsAverages: Bool
  ) {
    var end = 0
    func place(_ byteCount: Int) -> Int {
      // Regions begin at pages: two of them never share a cache line.
      defer { end += (byteCount + HostMemory.page - 1) / HostMemory.page * HostMemory.page }
      return end
    }
    buckets = layout.buckets.map(\.count)
    arrayCount = 1 + optimizer.stateCount + (keepsAverages ? 1 : 0)
    state = place(arrayCount * buckets.reduce(0, +) * 4)
    sums = layout.buckets.map { place($0.byteCount) }
    gradients = layout.buckets.map { place($0.count * 4) }
    func wave(_ tensor: TensorID) -> Range<Int> {
      let byteCount = plan.tensors[tensor].shape.count * capacity * 4
      let start = place(byteCount)
      return start..<start + byteCount
    }
    examples = wave(plan.examples)
    targets = wave(plan.targets)
    byteCount = max(end, 1)
  }

  /// Writes a state.
  func store(_ value: PlanState, in memory: SharedMemory) {
    var target = memory.pointer + state
    let arrays = [value.weights] + value.states + (value.averages.isEmpty ? [] : [value.averages])
    precondition(arrays.count == arrayCount, "a state of another optimizer")
    for array in arrays {
      for (values, count) in zip(array, buckets) {
        precondition(values.count == count, "a state of another layout")
        values.withUnsafeBytes { source in
          guard let base = source.baseAddress else { return }
          target.copyMemory(from: base, byteCount: source.count)
        }
        target += count * 4
      }
    }
  }

  /// Reads a state with so many arrays of the optimizer.
  func state(in memory: SharedMemory, optimizer: Optimizer) -> PlanState {
    var source = UnsafeRawPointer(memory.pointer + state)
    var arrays: [[[Float]]] = []
    for _ in 0..<arrayCount {
      arrays.append(
        buckets.map { count in
          defer { source += count * 4 }
          return Array(
            UnsafeBufferPointer(start: source.assumingMemoryBound(to: Float.self), count: count))
        })
    }
    let end = 1 + optimizer.stateCount
    return PlanState(
      weights: arrays[0], states: Array(arrays[1..<end]),
      averages: arrayCount > end ? arrays[end] : [])
  }
}
