import ComputeGraph
import TestSupport
import Testing

// Nodes with several readers, parameters with several nodes, and nodes that are computed twice.
@Suite("Plans of branches")
struct PlanBranchTests {
  @Test("a kernel that writes a further part of a gradient adds the parts before it")
  func parts() throws {
    var graph = Graph(input: [5])
    let x = try graph.append(Linear(outputs: 6))
    let heads = try [3, 4, 7].map { try graph.add(Linear(outputs: $0), to: [x]) }
    try graph.add(Concatenate(axis: 0, count: 3), to: heads)
    try graph.append(CrossEntropy())
    let plan = try Plan(graph)
    let inputs = plan.backward.filter { $0.kernel == "linear_backward_input" }
    #expect(
      inputs.map(\.words) == [
        "linear_backward_input", "linear_backward_input GRADIENT_ADDS=1",
        "linear_backward_input GRADIENT_ADDS=1",
      ])
    // From the last reader to the first, each adds what the one before has written.
    #expect(inputs[1].inputs.last == inputs[0].outputs[0])
    #expect(inputs[2].inputs.last == inputs[1].outputs[0])
    #expect(plan.gradients[x] == inputs[2].outputs[0])
    #expect(!plan.backward.contains { $0.kernel == "elementwise_add" })
  }

  @Test("the last part also goes back through the activation")
  func lastPart() throws {
    var graph = Graph(input: [5])
    try graph.append(Linear(outputs: 6))
    let x = try graph.append(Activation.tanh)
    let heads = try [3, 3].map { try graph.add(Linear(outputs: $0), to: [x]) }
    try graph.add(Add(), to: heads)
    try graph.append(CrossEntropy())
    let code = 7
    #expect(
      try Plan(graph).backward.filter { $0.kernel == "linear_backward_input" }.map(\.words) == [
        "linear_backward_input",
        "linear_backward_input GRADIENT_ADDS=1 GRADIENT_ACTIVATION=\(code)",
      ])
  }

  @Test("parts that no kernel can add are added by a step of their own")
  func existingParts() throws {
    var graph = Graph(input: [5])
    let x = try graph.append(Linear(outputs: 6))
    let halves = try [0..<3, 3..<6].map { try graph.add(Slice(axis: 0, range: $0), to: [x]) }
    try graph.add(Add(), to: halves)
    try graph.append(CrossEntropy())
    #expect(
      try Plan(graph).backward.map(\.words) == [
        "cross_entropy_backward", "slice_copy", "slice_copy", "elementwise_add", "bias_backward",
        "linear_backward_weight",
      ])
  }

  @Test("a shared parameter completes with its last contribution, and the others add to the first")
  func shared() throws {
    let plan = try Plan(TestNetwork.transformer.graph())
    let table = try #require(plan.graph.parameters.firstIndex { $0.name == "tokens.weight" })
    let contributions = plan.backward.indices.filter { plan.backward[$0].parameter == table }
    #expect(
      contributions.map { plan.backward[$0].kernel } == [
        "linear_backward_weight", "embedding_backward",
      ])
    #expect(contributions.map { plan.backward[$0].isFirstContribution } == [true, false])
    #expect(contributions.map { plan.completions[$0] } == [nil, table])
    // The scatter adds to sums that are there; without the head they would have to be zeros.
    #expect(contributions.map { plan.backward[$0].fillsSums } == [false, true])
    for step in plan.backward where step.parameter != table { #expect(step.isFirstContribution) }
    #expect(plan.completionOrder.last == table)
  }

  @Test("a checkpoint is computed again before its backward steps, except what is kept")
  func checkpoint() throws {
    let plain = try Plan(TestNetwork.transformer.graph())
    let plan = try Plan(TestNetwork.checkpoint.graph())
    #expect(plan.forward.map(\.words) == plain.forward.map(\.words))
    let isForward = { (step: Step) in
      step.kernel.hasSuffix("_forward")
        || step.kernel == "rope" && step.options.contains { $0.name == "INVERSE" && $0.value == 0 }
    }
    let words = { (plan: Plan) in plan.backward.filter { !isForward($0) }.map(\.words) }
    #expect(words(plan) == words(plain))
    let inside = [
      "layer_norm_forward", "linear_forward", "elementwise_forward", "rope", "attention_forward",
      "linear_forward TAIL_DROPOUT=1 TAIL_ADDS=1", "layer_norm_forward",
      "linear_forward TAIL_FIRST=3 TAIL_SAVES=1",
    ]
    // Rotations go backward with a copy, too: the last one.
    #expect(plan.backward.filter(isForward).map(\.words) == inside + ["elementwise_forward"])
    // Backward reads the copies, whose names have a mark, and not what they are copies of.
    let copied = Set(plan.tensors.map(\.name).filter { $0.hasSuffix("'") }.map { $0.dropLast() })
    #expect(copied.count >= inside.count)
    for step in plan.backward {
      for tensor in step.inputs {
        #expect(!copied.contains(plan.tensors[tensor].name[...]), "\(step.words)")
      }
    }
  }
}
