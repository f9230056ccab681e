/// What the forward rule of an operation may use: its input and output tensors, and where steps go.
public struct ForwardContext {
  let builder: PlanBuilder
  let node: NodeID
  let mode: PlanMode
  let tail: Tail
  /// The tensors that the operation reads, and the one that it writes.
  let inputs: [TensorID], output: TensorID
  private(set) var steps: [Step] = []

  init(
    _ builder: PlanBuilder, node: NodeID, mode: PlanMode, tail: Tail, inputs: [TensorID],
    output: TensorID
  ) {
    self.builder = builder
    self.node = node
    self.mode = mode
    self.tail = tail
    self.inputs = inputs
    self.output = output
  }

  /// The first input.
  var x: TensorID { inputs[0] }
  /// The parameters of the node.
  var parameters: [ParameterID] { builder.graph.nodes[node].parameters }
  /// Shape of an input, as the node sees it.
  func shape(input: Int) -> Shape {
    builder.graph.nodes[builder.graph.nodes[node].inputs[input]].shape
  }
  /// What a loss reads and writes beside its input and output.
  var loss: PlanBuilder.Loss { builder.loss }
  /// Shape of the first input.
  var inputShape: Shape { shape(input: 0) }
  /// Shape of the output.
  var outputShape: Shape { builder.graph.nodes[node].shape }

  /// A tensor that backward finds again under the same name.
  func saved(
    _ name: String, shape: Shape, element: Tensor.Element = .float,
    extent: Tensor.Extent = .example
  ) -> TensorID {
    if let tensor = builder.saved[node]?[name] { return tensor }
    let tensor = builder.add(
      Tensor(name: "\(name)\(node)", shape: shape, element: element, extent: extent))
    builder.saved[node, default: [:]][name] = tensor
    return tensor
  }

  /// A matrix parameter `[rows, columns]` as `[columns, rows]`.
  func transposed(_ id: ParameterID, rows: Int, columns: Int) -> TensorID {
    builder.transposed(id, rows: rows, columns: columns)
  }

  /// Adds a step that has no tail.
  mutating func add(_ step: Step) { steps.append(builder.counted(step, of: node)) }

  /// Adds the step that writes the output and ends with the tail.
  mutating func add(
    _ kernel: String, _ arguments: [Step.Argument], options: [Step.Option] = [],
    workItems: [Step.Extent], tile: Step.TileRequest? = nil
  ) {
    add(
      Step(
        kernel, arguments + tail.arguments(mode, count: outputShape.count),
        options: options + tail.options(mode), workItems: workItems, tile: tile))
  }

  /// Adds the kernel that only applies the tail to the first input.
  mutating func addElementwise() {
    let count = inputShape.count
    add(
      "elementwise_forward", [.output(output), .input(x), .examples(), .int(count)],
      workItems: [.of(.perExample(count), perItem: elementwiseBlock)])
  }
}

/// Elements that one work-item of elementwise.cl computes.
let elementwiseBlock = 1024
