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
    // A border of zeros is written once, so a tensor with a halo lives for ever.
    let always = plan.tensors.indices.filter { plan.tensors[$0].halo > 0 }
    var moments = [Set([plan.examples, plan.labels] + always)]
    for index in steps.indices {
      let before = Set(steps[...index].flatMap(\.tensors)).union([plan.examples, plan.labels])
      let after = Set(steps[index...].flatMap(\.tensors)).union([plan.loss, plan.correct])
      moments.append(before.intersection(after).union(always))
    }
    return moments + [Set([plan.loss, plan.correct] + always)]
  }

  @Test("no two living tensors share memory", arguments: TestNetwork.all, [1, 3, 64])
  func noOverlap(_ network: TestNetwork, capacity: Int) throws {
    for fusesReLU in [true, false] {
      let plan = try Plan(network.graph(), fusesReLU: fusesReLU)
      let memory = MemoryPlan(plan, capacity: capacity)
      for (moment, tensors) in Self.living(plan).enumerated() {
        let ranges = tensors.map { id in
          let begin = memory.byteOffsets[id]
          return (begin, begin + plan.tensors[id].strideCount * capacity * 4, plan.tensors[id].name)
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
    let memory = MemoryPlan(plan, capacity: 5)
    for (id, tensor) in plan.tensors.enumerated() {
      #expect(memory.byteOffsets[id].isMultiple(of: 512))
      #expect(memory.byteOffsets[id] + tensor.strideCount * 5 * 4 <= memory.byteCount)
    }
  }

  @Test("tensors that live at different times share memory", arguments: TestNetwork.all)
  func sharing(_ network: TestNetwork) throws {
    let plan = try Plan(network.graph())
    let all = plan.tensors.reduce(0) { $0 + MemoryPlan.aligned($1.strideCount * 8 * 4) }
    #expect(MemoryPlan(plan, capacity: 8).byteCount < all)
  }
}
