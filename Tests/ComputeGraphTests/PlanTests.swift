import ComputeGraph
import TestSupport
import Testing

@Suite("Plan")
struct PlanTests {
  private static func graph(_ input: Shape, _ operations: [Operation]) throws -> Graph {
    try TestNetwork("plan", input: input, operations, examples: 1).graph()
  }

  /// Two convolutions, two poolings, two linear layers.
  private static func convolutional() throws -> Graph {
    try graph(
      [10, 9, 2],
      [
        .convolution(outputs: 3, kernel: 5, padding: 1), .relu, .maxPool(window: 2, stride: 2),
        .convolution(outputs: 4, kernel: 3, padding: 1), .relu, .flatten, .linear(outputs: 5),
        .relu,
        .linear(outputs: 6),
      ])
  }

  @Test("a perceptron's ReLUs join the products before and behind them")
  func perceptron() throws {
    let plan = try Plan(
      Self.graph([3, 2, 1], [.flatten, .linear(outputs: 5), .relu, .linear(outputs: 4)]))
    let word = Words(plan)
    #expect(
      plan.forward == [
        .linearForward(y: word["x2"], x: word["x0"], weight: 0, bias: 1, relu: true),
        .linearForward(y: word["x4"], x: word["x2"], weight: 2, bias: 3, relu: false),
        .crossEntropyForward(
          loss: plan.loss, correct: plan.correct, logits: word["x4"], labels: plan.labels),
      ])
    #expect(
      plan.backward == [
        .crossEntropyBackward(dlogits: word["d4"], logits: word["x4"], labels: plan.labels),
        .biasBackward(bias: 3, dy: word["d4"]),
        .linearBackwardWeight(weight: 2, x: word["x2"], dy: word["d4"]),
        .linearBackwardInput(dx: word["d3"], dy: word["d4"], x: word["x2"], weight: 2, mask: true),
        .biasBackward(bias: 1, dy: word["d3"]),
        .linearBackwardWeight(weight: 0, x: word["x0"], dy: word["d3"]),
      ])
    #expect(plan.completionOrder == [3, 2, 1, 0])
  }

  @Test("a convolutional chain's poolings mask, and flatten copies only for a convolution's halo")
  func convolutionalChain() throws {
    let plan = try Plan(Self.convolutional())
    let word = Words(plan)
    #expect(plan.completionOrder == [7, 6, 5, 4, 3, 2, 1, 0])
    #expect(
      plan.backward[5...] == [
        .linearBackwardWeight(weight: 4, x: word["x4"], dy: word["d8"]),
        .linearBackwardInput(dx: word["d6"], dy: word["d8"], x: word["x4"], weight: 4, mask: true),
        .imageCopy(y: word["d5"], x: word["d6"]),
        .biasBackward(bias: 3, dy: word["d5"]),
        .convolutionBackwardFilters(weight: 2, x: word["x3"], dy: word["d5"], padding: 1),
        .convolutionBackwardInput(
          dx: word["d3"], dy: word["d5"], x: word["x3"], weight: 2, padding: 1, mask: false),
        .maxPoolBackward(
          dx: word["d2"], dy: word["d3"], x: word["x1"], window: 2, stride: 2, mask: true),
        .biasBackward(bias: 1, dy: word["d2"]),
        .convolutionBackwardFilters(weight: 0, x: word["x0"], dy: word["d2"], padding: 1),
      ])
  }

  @Test("halos are what the convolutions that read a tensor need, and no more")
  func halos() throws {
    let plan = try Plan(Self.convolutional())
    let halos = plan.tensors.filter { $0.halo > 0 }.map { "\($0.name) \($0.halo)" }
    // d2 has none: nobody needs the gradient of the examples.
    #expect(halos.sorted() == ["d5 1", "x0 1", "x3 1"])
    let wide = try Plan(
      Self.graph(
        [9, 8, 1],
        [
          .convolution(outputs: 2, kernel: 1, padding: 0),
          .convolution(outputs: 3, kernel: 5, padding: 1),
          .flatten, .linear(outputs: 2),
        ]))
    // Five taps and a padding of 1: the gradient reaches 5 - 1 - 1 pixels around.
    #expect(
      wide.tensors.filter { $0.halo > 0 }.map { "\($0.name) \($0.halo)" }.sorted() == [
        "d2 3", "x1 1",
      ])
    let tensor = try #require(wide.tensors.first { $0.name == "d2" })
    #expect(tensor.strideCount == (7 + 6) * (6 + 6) * 3)
  }

  @Test("without fusion each ReLU has steps of its own")
  func unfused() throws {
    let graph = try Self.convolutional()
    let plan = try Plan(graph, fusesReLU: false)
    let relus = graph.nodes.count { $0.operation == .relu }
    #expect(plan.forward.count { if case .reluForward = $0 { true } else { false } } == relus)
    #expect(plan.backward.count { if case .reluBackward = $0 { true } else { false } } == relus)
    for step in plan.forward + plan.backward {
      switch step {
      case .linearForward(_, _, _, _, let fused), .convolutionForward(_, _, _, _, _, let fused),
        .linearBackwardInput(_, _, _, _, let fused),
        .convolutionBackwardInput(_, _, _, _, _, let fused),
        .maxPoolBackward(_, _, _, _, _, let fused):
        #expect(!fused)
      default: break
      }
    }
  }

  @Test("backward ends at the first layer that has parameters")
  func untrainedFront() throws {
    let plan = try Plan(
      Self.graph(
        [8, 6, 2], [.maxPool(window: 2, stride: 2), .relu, .flatten, .linear(outputs: 3)]))
    #expect(plan.backward.count == 3)
    #expect(plan.completionOrder == [1, 0])
  }

  @Test(
    "every parameter completes once, and every gradient is read after it is written",
    arguments: TestNetwork.all)
  func wellFormed(_ network: TestNetwork) throws {
    for fusesReLU in [true, false] {
      let plan = try Plan(network.graph(), fusesReLU: fusesReLU)
      #expect(plan.completionOrder.sorted() == Array(plan.graph.parameters.indices))
      var written: Set = [plan.examples, plan.labels]
      for step in plan.forward + plan.backward {
        // Outputs come first; a gradient of a parameter has no tensor.
        var outputs = step.completedParameter == nil ? 1 : 0
        if case .crossEntropyForward = step { outputs = 2 }
        #expect(written.isSuperset(of: step.tensors[outputs...]), "\(step)")
        #expect(written.isDisjoint(with: step.tensors[..<outputs]), "\(step)")
        written.formUnion(step.tensors)
      }
      #expect(written.count == plan.tensors.count)
    }
  }
}

/// Tensors by name.
private struct Words {
  private let ids: [String: TensorID]

  init(_ plan: Plan) {
    ids = Dictionary(uniqueKeysWithValues: plan.tensors.enumerated().map { ($1.name, $0) })
  }

  subscript(name: String) -> TensorID { ids[name] ?? -1 }
}
