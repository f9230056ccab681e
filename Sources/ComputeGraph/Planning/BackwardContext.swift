/// What the gradient rule of an operation may use: its tensors, and where gradients go.
public struct BackwardContext {
  let builder: PlanBuilder
  let sweep: BackwardSweep
  let node: NodeID
  /// The gradient of the operation's own output, before any tail.
  let dy: TensorID

  /// The tensors that the operation read, as they were in forward.
  var inputs: [TensorID] {
    builder.graph.nodes[node].inputs.compactMap { builder.outputs[builder.source($0)] }
  }
  /// The first input.
  var x: TensorID { inputs[0] }
  /// What forward wrote; only operations without a tail may ask.
  var y: TensorID { builder.outputs[node] ?? dy }
  /// What an activation's gradient is computed from.
  var made: TensorID { builder.made[node] ?? y }
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
  /// Elements of a tensor, per example.
  func count(_ id: TensorID) -> Int { builder.tensors[id].shape.count }

  /// A tensor that forward kept.
  func saved(_ name: String) -> TensorID {
    guard let tensor = builder.saved[node]?[name] else {
      preconditionFailure("\(builder.graph.nodes[node].operation.word) saved no \(name)")
    }
    return tensor
  }

  /// A new tensor of the same shape as another.
  func addTensor(like other: TensorID) -> TensorID {
    builder.add(Tensor(name: "g\(node)", shape: builder.tensors[other].shape))
  }

  /// A new tensor for a step of this node alone.
  func addTensor(_ name: String, shape: Shape, extent: Tensor.Extent = .example) -> TensorID {
    builder.add(Tensor(name: "\(name)\(node)", shape: shape, extent: extent))
  }

  /// A matrix parameter `[rows, columns]` as `[columns, rows]`.
  func transposed(_ id: ParameterID, rows: Int, columns: Int) -> TensorID {
    builder.transposed(id, rows: rows, columns: columns)
  }

  /// Work-items of elementwise.cl over a tensor.
  func elementwiseItems(_ id: TensorID) -> [Step.Extent] {
    [.of(.perExample(count(id)), perItem: elementwiseBlock)]
  }

  /// Adds a step.
  func add(_ step: Step) { builder.backward.append(builder.counted(step, of: node)) }
  /// Floating-point operations of the node's forward pass, for each example.
  var forwardOperations: Int { builder.forwardOperations(of: node) }

  /// Adds the step that writes the gradient of an input: `dx` first, then `arguments`, then what the target adds.
  func add(
    _ kernel: String, _ target: GradientTarget, _ arguments: [Step.Argument],
    options: [Step.Option] = [], workItems: [Step.Extent], tile: Step.TileRequest? = nil
  ) {
    add(
      Step(
        kernel, [.output(target.dx)] + arguments + target.arguments,
        options: options + target.options, workItems: workItems, tile: tile))
  }

  /// Adds a step that adds to the gradient sums of a parameter: arguments (sums, magnitude, inputs…, N, grain,
  /// sizes…, scale, limit, accumulate), N and grain times `times`.
  func addGradient(
    _ kernel: String, of parameter: ParameterID, inputs: [TensorID], times: Int = 1, sizes: [Int],
    options: [Step.Option] = [], workItems: [Step.Extent], tile: Step.TileRequest? = nil,
    fillsSums: Bool = false
  ) {
    add(
      Step(
        kernel,
        [.sums(parameter), .magnitude(parameter)] + inputs.map { .input($0) }
          + [.examples(times: times), .grain(times: times)] + sizes.map { .int($0) }
          + [.scale, .limit, .accumulate],
        options: options, workItems: workItems, tile: tile, fillsSums: fillsSums))
  }

  /// Adds a parameter's gradient from partial sums `[grains, stride]`, of which it takes its own count at `offset`.
  func addGrainSums(_ parameter: ParameterID, of partials: TensorID, stride: Int, offset: Int) {
    let count = builder.graph.parameters[parameter].shape.count
    add(
      Step(
        "grain_sums",
        [
          .sums(parameter), .magnitude(parameter), .input(partials), .grains, .int(stride),
          .int(offset), .int(count), .scale, .limit, .accumulate,
        ], workItems: [.of(.fixed(count), perItem: 16)]))
  }

  /// Adds the gradient of a bias: the sum of `dy`, `rows` of `columns` per example.
  func addBias(_ parameter: ParameterID, dy: TensorID, rows: Int, columns: Int) {
    addGradient(
      "bias_backward", of: parameter, inputs: [dy], sizes: [rows, columns],
      workItems: [.of(.fixed(columns), perItem: 16)])
  }

  /// Where the gradient of an input is to be written, by a kernel that ends with GRADIENT; nil: nobody needs it.
  func target(input: Int) -> GradientTarget? {
    sweep.target(for: builder.graph.nodes[node].inputs[input])
  }

  /// Whether anybody needs the gradient of an input.
  func needs(input: Int) -> Bool {
    sweep.needsGradient[builder.source(builder.graph.nodes[node].inputs[input])]
  }

  /// Hands on a tensor, which a step so far has written, as the gradient of an input.
  func pass(_ gradient: TensorID, toInput input: Int) {
    sweep.pass(gradient, to: builder.graph.nodes[node].inputs[input])
  }
}

/// Where a kernel writes the gradient of its input, and what it does to it before.
struct GradientTarget {
  /// The tensor to write.
  let dx: TensorID
  /// GRADIENT's build options and arguments (tail.h).
  var options: [Step.Option] = []
  var arguments: [Step.Argument] = []
}
