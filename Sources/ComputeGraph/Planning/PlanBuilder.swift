/// What a plan is built from: its tensors and steps so far, and what each node left for backward.
final class PlanBuilder {
  let graph: Graph
  let fuses: Bool

  var tensors: [Tensor] = []
  var prologue: [Step] = []
  var forward: [Step] = []
  var evaluation: [Step] = []
  var backward: [Step] = []

  /// The tensor that holds each node's output; nil for outputs that exist only in registers.
  var outputs: [TensorID?]
  /// Other tensors that a node's forward keeps for its backward, by name.
  var saved: [NodeID: [String: TensorID]] = [:]
  /// What an activation's gradient is computed from.
  var made: [NodeID: TensorID] = [:]
  /// Forward steps of each checkpoint.
  var checkpointed: [Int: [Step]] = [:]
  /// The tensors of the loss beside its output.
  var loss = Loss(targets: 0, correct: 0, counted: 0)
  private var derivedTensors: [Step: TensorID] = [:]
  private var zeros: TensorID?
  /// Values of the tensors that nothing computes.
  private(set) var tables: [TensorID: [Float]] = [:]

  /// What a loss reads beside its input, and writes beside its output.
  struct Loss {
    let targets: TensorID, correct: TensorID, counted: TensorID
  }

  init(_ graph: Graph, fuses: Bool) {
    self.graph = graph
    self.fuses = fuses
    outputs = Array(repeating: nil, count: graph.nodes.count)
  }

  func add(_ tensor: Tensor) -> TensorID {
    tensors.append(tensor)
    return tensors.count - 1
  }

  /// Floating-point operations of a node's forward pass, for each example.
  func forwardOperations(of id: NodeID) -> Int {
    let node = graph.nodes[id]
    return node.operation.forwardOperations(
      inputs: node.inputs.map { graph.nodes[$0].shape }, output: node.shape)
  }

  /// A step of a node; a product that does not say otherwise has the operations of the node's forward pass.
  func counted(_ step: Step, of id: NodeID) -> Step {
    guard step.tile != nil, step.operationsPerExample == nil else { return step }
    var step = step
    step.operationsPerExample = forwardOperations(of: id)
    return step
  }

  /// The node whose output holds the same elements: through reshapes.
  func source(_ id: NodeID) -> NodeID { graph.source(id) }

  /// The nodes that read each source's elements, reshapes left out.
  lazy var consumers: [[NodeID]] = {
    var consumers = graph.nodes.map { _ in [NodeID]() }
    for (id, node) in graph.nodes.enumerated() where !(node.operation is Reshape) {
      for input in node.inputs { consumers[source(input)].append(id) }
    }
    return consumers
  }()

  /// A tensor made from a parameter by a kernel that runs once a step; the same one for the same step.
  func derived(_ name: String, shape: Shape, step: (TensorID) -> Step) -> TensorID {
    // Compared without its output.
    let key = step(-1)
    if let tensor = derivedTensors[key] { return tensor }
    let tensor = add(Tensor(name: name, shape: shape, extent: .once))
    prologue.append(step(tensor))
    derivedTensors[key] = tensor
    return tensor
  }

  /// A tensor of constants; the same one for the same name.
  func table(_ name: String, shape: Shape, values: () -> [Float]) -> TensorID {
    if let tensor = tables.first(where: { tensors[$0.key].name == name })?.key { return tensor }
    let tensor = add(Tensor(name: name, shape: shape, extent: .once))
    tables[tensor] = values()
    return tensor
  }

  /// At least `count` zeros; device memory begins as zeros, and nothing writes to them.
  func zeros(count: Int) -> TensorID {
    if let zeros {
      if tensors[zeros].shape.count < count {
        tensors[zeros] = Tensor(name: "zeros", shape: [count], extent: .once)
      }
      return zeros
    }
    let tensor = add(Tensor(name: "zeros", shape: [count], extent: .once))
    zeros = tensor
    return tensor
  }

  /// A matrix `[rows, columns]` parameter as `[columns, rows]`.
  func transposed(_ id: ParameterID, rows: Int, columns: Int) -> TensorID {
    derived(graph.parameters[id].name + ".transposed", shape: [columns, rows]) { y in
      Step(
        "matrix_transpose", [.output(y), .weight(id), .int(rows), .int(columns)],
        workItems: [.of(.fixed(rows), perItem: 64), .of(.fixed(columns), perItem: 16)])
    }
  }
}
