import ComputeGraph
import TestSupport
import Testing

@Suite("Plan")
struct PlanTests {
  private static func plan(
    _ input: Shape, _ operations: [any Operation], fuses: Bool = true
  ) throws -> Plan {
    try Plan(
      TestNetwork("plan", input: input, operations, examples: 1).graph(), fuses: fuses)
  }

  @Test("a perceptron's ReLUs join the products before and behind them")
  func perceptron() throws {
    let plan = try Self.plan(
      [3, 2, 1], [Reshape.flatten, Linear(outputs: 5), Activation.relu, Linear(outputs: 4)])
    #expect(plan.prologue.map(\.words) == ["matrix_transpose"])
    #expect(
      plan.forward.map(\.words) == [
        "linear_forward TAIL_FIRST=1", "linear_forward", "cross_entropy_tokens",
        "cross_entropy_forward",
      ])
    #expect(plan.evaluation == plan.forward)
    #expect(
      plan.backward.map(\.words) == [
        "cross_entropy_backward", "bias_backward", "linear_backward_weight",
        "linear_backward_input GRADIENT_ACTIVATION=1", "bias_backward", "linear_backward_weight",
      ])
    #expect(plan.completionOrder == [3, 2, 1, 0])
  }

  @Test("a convolutional chain's ReLUs join convolutions, poolings, and products behind a flatten")
  func convolutionalChain() throws {
    let plan = try Self.plan(
      [10, 9, 5],
      [
        Convolution(outputs: 6, kernel: 5, padding: 1), Activation.relu, MaxPool(window: 2),
        Convolution(outputs: 4, kernel: 3, padding: 1), Activation.relu, Reshape.flatten,
        Linear(outputs: 5), Activation.relu, Linear(outputs: 6),
      ])
    #expect(
      plan.forward.map(\.words) == [
        "convolution_forward TAIL_FIRST=1", "max_pool_forward", "convolution_forward TAIL_FIRST=1",
        "linear_forward TAIL_FIRST=1", "linear_forward", "cross_entropy_tokens",
        "cross_entropy_forward",
      ])
    #expect(plan.completionOrder == [7, 6, 5, 4, 3, 2, 1, 0])
    #expect(
      plan.backward.dropFirst(5).map(\.words) == [
        "linear_backward_weight", "linear_backward_input GRADIENT_ACTIVATION=1", "bias_backward",
        "convolution_backward_filters", "convolution_backward_input",
        "max_pool_backward_apart GRADIENT_ACTIVATION=1", "bias_backward",
        "convolution_backward_filters",
      ])
  }

  @Test("a residual block's sum and ReLU join its last normalisation")
  func residualBlock() throws {
    var graph = Graph(input: [6, 5, 4])
    let stem = try graph.append(Convolution(outputs: 7, kernel: 3, padding: 1, bias: false))
    try graph.append(BatchNormalization())
    try graph.append(Activation.relu)
    try graph.append(Convolution(outputs: 7, kernel: 3, padding: 1, bias: false))
    try graph.add(Add(), to: [graph.append(BatchNormalization()), stem])
    try graph.append(Activation.relu)
    try graph.append(GlobalAveragePool())
    try graph.append(MeanSquaredError())
    let plan = try Plan(graph)
    let statistics = ["batch_norm_chunks", "batch_norm_statistics"]
    #expect(
      plan.forward.map(\.words) == ["convolution_forward"] + statistics
        + ["batch_norm_forward TAIL_FIRST=1", "convolution_forward"] + statistics
        + [
          "batch_norm_forward TAIL_LAST=1 TAIL_ADDS=1", "global_average_forward",
          "regression_forward",
        ])
    #expect(
      plan.evaluation.map(\.words) == [
        "convolution_forward", "batch_norm_evaluate TAIL_FIRST=1", "convolution_forward",
        "batch_norm_evaluate TAIL_LAST=1 TAIL_ADDS=1", "global_average_forward",
        "regression_forward",
      ])
    let sums =
      ["batch_norm_backward_chunks", "batch_norm_backward_sums"]
      + Array(repeating: "grain_sums", count: 4)
    #expect(
      plan.backward.map(\.words) == [
        "regression_backward", "global_average_backward GRADIENT_ACTIVATION=1",
      ] + sums + [
        "batch_norm_backward_input", "convolution_backward_filters",
        "convolution_backward_input GRADIENT_ACTIVATION=1",
      ] + sums + [
        // The stem is read by the block, and by the sum.
        "batch_norm_backward_input GRADIENT_ADDS=1", "convolution_backward_filters",
      ])
  }

  @Test("a transformer block's sums and GELU join products, and gradients add up in normalisations")
  func transformerBlock() throws {
    var graph = Graph(input: [5, 6])
    let x = try graph.append(Linear(outputs: 12))
    try graph.append(LayerNormalization())
    try graph.append(Linear(outputs: 36))
    try graph.append(Attention(heads: 3, causal: true))
    let middle = try graph.add(Add(), to: [x, graph.append(Linear(outputs: 12))])
    try graph.append(LayerNormalization())
    try graph.append(Linear(outputs: 29))
    try graph.append(Activation.gelu)
    try graph.append(Linear(outputs: 12))
    try graph.add(Add(), to: [middle, graph.append(Dropout(0.1))])
    try graph.append(CrossEntropy())
    let plan = try Plan(graph)
    let evaluation = [
      "linear_forward", "layer_norm_forward", "linear_forward", "attention_forward",
      "linear_forward TAIL_ADDS=1", "layer_norm_forward",
      "linear_forward TAIL_FIRST=3 TAIL_SAVES=1", "linear_forward TAIL_ADDS=1",
      "cross_entropy_tokens", "cross_entropy_forward",
    ]
    #expect(plan.evaluation.map(\.words) == evaluation)
    #expect(
      plan.forward.map(\.words) == evaluation[..<7] + ["linear_forward TAIL_DROPOUT=1 TAIL_ADDS=1"]
        + evaluation[8...])
    let product = ["bias_backward", "linear_backward_weight"]
    let normalization = [
      "bias_backward", "layer_norm_backward_scale", "layer_norm_backward_input GRADIENT_ADDS=1",
    ]
    let tail =
      product + ["linear_backward_input GRADIENT_ACTIVATION=3"] + product
      + ["linear_backward_input"] + normalization + product
    let front =
      ["linear_backward_input", "attention_backward_query", "attention_backward_key"] + product
      + ["linear_backward_input"] + normalization + product
    #expect(
      plan.backward.map(\.words)
        == ["cross_entropy_backward", "elementwise_backward TAIL_DROPOUT=1"] + tail + front)
  }

  @Test("without fusion each activation, dropout and sum has steps of its own")
  func unfused() throws {
    for network in TestNetwork.all {
      let plan = try Plan(network.graph(), fuses: false)
      for step in plan.forward + plan.evaluation + plan.backward
      where !step.kernel.hasPrefix("elementwise") {
        let joined = step.options.map(\.name).filter {
          $0.hasPrefix("TAIL") || $0 == "GRADIENT_ACTIVATION"
        }
        #expect(joined.isEmpty, "\(step.words) of \(network.testDescription)")
      }
      let elementwise = plan.graph.nodes.count {
        $0.operation is Activation || $0.operation is Add || $0.operation is Dropout
      }
      #expect(plan.forward.count { $0.kernel == "elementwise_forward" } >= elementwise)
    }
  }

  @Test("backward ends at the first layer that has parameters")
  func untrainedFront() throws {
    let plan = try Self.plan(
      [8, 6, 2], [MaxPool(window: 2), Activation.relu, Reshape.flatten, Linear(outputs: 3)])
    #expect(
      plan.backward.map(\.words)
        == ["cross_entropy_backward", "bias_backward", "linear_backward_weight"])
    #expect(plan.completionOrder == [1, 0])
  }

  @Test(
    "every parameter completes once, and every tensor is read after it is written",
    arguments: TestNetwork.all)
  func wellFormed(_ network: TestNetwork) throws {
    for fuses in [true, false] {
      let plan = try Plan(network.graph(), fuses: fuses)
      #expect(plan.completionOrder.sorted() == Array(plan.graph.parameters.indices))
      #expect(plan.completions.count == plan.backward.count)
      let constants = plan.tensors.indices.filter {
        plan.tables[$0] != nil || plan.tensors[$0].name == "zeros"
      }
      let given = Set([plan.examples, plan.targets] + constants)
      for steps in [plan.forward + plan.backward, plan.evaluation] {
        var (written, read) = (given, Set<TensorID>())
        for step in plan.prologue + steps {
          #expect(written.isSuperset(of: step.inputs), "\(step.words)")
          // Several steps may write parts of a tensor, but not once it is in use.
          #expect(read.isDisjoint(with: step.outputs), "\(step.words)")
          #expect(given.isDisjoint(with: step.outputs), "\(step.words)")
          written.formUnion(step.outputs)
          read.formUnion(step.inputs)
        }
      }
    }
  }
}

extension Step {
  /// The kernel, and what joins it.
  var words: String {
    ([kernel]
      + options.filter { $0.name.hasPrefix("TAIL") || $0.name.hasPrefix("GRADIENT") }
      .map { "\($0.name)=\($0.value)" }).joined(separator: " ")
  }
}
