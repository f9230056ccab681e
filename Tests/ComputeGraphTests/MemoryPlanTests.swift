import ComputeGraph
import TestSupport
import Testing

@Suite("Memory plan")
struct MemoryPlanTests {
  /// Tensors that hold values at each moment: before the first step, during each step, after the last.
  ///
  /// Worked out anew, step by step: a tensor lives from the step that writes it to the last that reads it.
  private static func living(_ plan: Plan) -> [Set<TensorID>] {
    let steps = plan.forward + plan.backward
    // Weights in another layout are written once a step, tables and zeros once for all.
    let always = plan.tensors.indices.filter { plan.tensors[$0].extent == .once }
    let results = [plan.loss, plan.correct, plan.counted]
    var moments = [Set([plan.examples, plan.targets] + always)]
    for index in steps.indices {
      let before = Set(steps[...index].flatMap(\.tensors)).union([plan.examples, plan.targets])
      let after = Set(steps[index...].flatMap(\.tensors)).union(results)
      moments.append(before.intersection(after).union(always))
    }
    return moments + [Set(results + always)]
  }

  @Test("no two living tensors share memory", arguments: TestNetwork.all, [1, 3, 64])
  func noOverlap(_ network: TestNetwork, grains: Int) throws {
    let (grain, capacity) = (network.grain, grains * network.grain)
    for fuses in [true, false] {
      let plan = try Plan(network.graph(), fuses: fuses)
      let memory = MemoryPlan(plan, capacity: capacity, grain: grain)
      for (moment, tensors) in Self.living(plan).enumerated() {
        let ranges = tensors.map { id in
          let begin = memory.byteOffsets[id]
          let byteCount = plan.tensors[id].byteCount(capacity: capacity, grain: grain)
          return (begin, begin + byteCount, plan.tensors[id].name)
        }.sorted { $0.0 < $1.0 }
        for (left, right) in zip(ranges, ranges.dropFirst()) {
          #expect(left.1 <= right.0, "\(left.2) and \(right.2) at moment \(moment)")
        }
      }
    }
  }

  @Test("every tensor is aligned and inside the arena", arguments: TestNetwork.all)
  func alignment(_ network: TestNetwork) throws {
    let plan = try Plan(network.graph())
    let memory = MemoryPlan(plan, capacity: network.grain, grain: network.grain)
    for (id, tensor) in plan.tensors.enumerated() {
      let end =
        memory.byteOffsets[id]
        + tensor.byteCount(capacity: network.grain, grain: network.grain)
      #expect(memory.byteOffsets[id].isMultiple(of: 512))
      #expect(end <= memory.byteCount)
    }
  }

  @Test("tensors that live at different times share memory", arguments: TestNetwork.all)
  func sharing(_ network: TestNetwork) throws {
    let plan = try Plan(network.graph())
    let capacity = 8 * network.grain
    let all = plan.tensors.reduce(0) {
      $0 + MemoryPlan.aligned($1.byteCount(capacity: capacity, grain: network.grain))
    }
    #expect(MemoryPlan(plan, capacity: capacity, grain: network.grain).byteCount < all)
  }

  @Test("a tensor has room for its examples, its grains, or itself")
  func extents() throws {
    var graph = Graph(input: [3, 5])
    try graph.append(MeanSquaredError())
    let plan = try Plan(graph)
    var tensor = plan.tensors[plan.examples]
    #expect(tensor.byteCount(capacity: 12, grain: 4) == 12 * 60)
    tensor.extent = .grain
    #expect(tensor.byteCount(capacity: 12, grain: 4) == 3 * 60)
    tensor.extent = .once
    #expect(tensor.byteCount(capacity: 12, grain: 4) == 60)
  }

  @Test("checkpoints save memory")
  func checkpoints() throws {
    func byteCount(hasCheckpoints: Bool) throws -> Int {
      var graph = Graph(input: [50])
      for _ in 0..<6 {
        if hasCheckpoints { graph.beginCheckpoint() }
        for _ in 0..<6 {
          try graph.append(Linear(outputs: 50))
          try graph.append(Activation.tanh)
        }
        graph.endCheckpoint()
      }
      try graph.append(CrossEntropy())
      return MemoryPlan(try Plan(graph), capacity: 1024, grain: 4).byteCount
    }
    // 36 activations, or 6 that are kept and 5 that are made again at a time.
    #expect(try byteCount(hasCheckpoints: true) < byteCount(hasCheckpoints: false) / 2)
  }
}
