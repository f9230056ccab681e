/// Where each tensor of a plan lies in one arena, for waves of up to `capacity` examples.
///
/// Tensors whose lifetimes do not overlap share memory. Weights in another layout keep their place for good.
public struct MemoryPlan: Sendable {
  /// Examples that fit.
  public let capacity: Int
  /// Byte offset of each tensor, by id; a multiple of `alignment`.
  public private(set) var byteOffsets: [Int]
  /// Size of the arena.
  public private(set) var byteCount = 0

  /// Every tensor begins at a multiple of this many bytes (the strictest base alignment of OpenCL devices
  /// is 4096 bits).
  public static let alignment = 512

  /// Rounds up to the alignment.
  public static func aligned(_ byteCount: Int) -> Int {
    (byteCount + alignment - 1) / alignment * alignment
  }

  /// Places the tensors of a plan.
  ///
  /// - Parameters:
  ///   - plan: The plan.
  ///   - capacity: The largest number of examples of one wave.
  ///   - grain: Examples of a grain.
  public init(_ plan: Plan, capacity: Int, grain: Int) {
    self.capacity = capacity
    byteOffsets = Array(repeating: 0, count: plan.tensors.count)
    let steps = plan.forward + plan.backward
    var first = Array(repeating: Int.max, count: plan.tensors.count)
    var last = Array(repeating: -1, count: plan.tensors.count)
    for (index, step) in steps.enumerated() {
      for tensor in step.tensors {
        first[tensor] = min(first[tensor], index)
        last[tensor] = max(last[tensor], index)
      }
    }
    // Uploaded before the first step, or downloaded after the last one.
    for tensor in [plan.examples, plan.targets] { first[tensor] = -1 }
    for tensor in [plan.loss, plan.correct, plan.counted] { last[tensor] = steps.count }
    for (id, tensor) in plan.tensors.enumerated() where tensor.extent == .once {
      (first[id], last[id]) = (-1, steps.count)
    }

    // First fit, largest first: each tensor goes to the lowest gap that no living neighbour needs.
    let sizes = plan.tensors.map {
      Self.aligned($0.byteCount(capacity: capacity, grain: grain))
    }
    var placed: [TensorID] = []
    for id in plan.tensors.indices.sorted(by: { (sizes[$1], $0) < (sizes[$0], $1) }) {
      let neighbours = placed.filter { first[$0] <= last[id] && first[id] <= last[$0] }
        .sorted { byteOffsets[$0] < byteOffsets[$1] }
      var offset = 0
      for other in neighbours where offset + sizes[id] > byteOffsets[other] {
        offset = max(offset, byteOffsets[other] + sizes[other])
      }
      byteOffsets[id] = offset
      byteCount = max(byteCount, offset + sizes[id])
      placed.append(id)
    }
  }
}
