/// Index of a node in its graph; inputs come before the nodes that read them.
public typealias NodeID = Int

/// One operation of a graph, the nodes it reads, and what that gives.
public struct Node: Sendable {
  /// What it computes.
  public let operation: any Operation
  /// The nodes it reads.
  public let inputs: [NodeID]
  /// Shape of the output of one example.
  public let shape: Shape
  /// Its parameters, in the order of `Operation.parameters`.
  public let parameters: [ParameterID]
  /// The checkpoint that the node lies in, if any: its activations are computed again in backward.
  public let checkpoint: Int?
}

/// A network from examples to one loss per example: operations that read the outputs of earlier ones.
public struct Graph: Sendable {
  /// Nodes in the order of the forward pass.
  public private(set) var nodes: [Node]
  /// Parameters in the order in which the layers were added; weights are hashed and saved in this order.
  public private(set) var parameters: [Parameter] = []
  /// What the examples' elements are: floats, or tokens.
  public let inputElement: Tensor.Element
  private var checkpoint: Int?
  private var checkpointCount = 0

  /// A graph that so far is only its input, of shape `input` per example.
  public init(input: Shape, element: Tensor.Element = .float) {
    nodes = [
      Node(
        operation: Input(shape: input), inputs: [], shape: input, parameters: [], checkpoint: nil)
    ]
    inputElement = element
  }

  /// Shape of one example.
  public var inputShape: Shape { nodes[0].shape }

  /// Shape of the last node's output.
  public var outputShape: Shape { nodes[nodes.count - 1].shape }

  /// The last node.
  public var lastNode: NodeID { nodes.count - 1 }

  /// The node whose output holds the same elements: through reshapes.
  package func source(_ id: NodeID) -> NodeID {
    var id = id
    while nodes[id].operation is Reshape { id = nodes[id].inputs[0] }
    return id
  }

  /// Number of trained values.
  public var parameterCount: Int {
    parameters.reduce(0) { $0 + ($1.isTrained ? $1.shape.count : 0) }
  }

  /// Puts an operation behind the last node.
  ///
  /// - Parameters:
  ///   - operation: What the new node computes.
  ///   - name: Prefix of its parameters' names; by default the operation and the node's position.
  /// - Returns: The new node.
  /// - Throws: `GraphError` where the shapes do not fit or the name is taken.
  @discardableResult
  public mutating func append(
    _ operation: any Operation, name: String? = nil
  ) throws(GraphError) -> NodeID {
    try add(operation, to: [lastNode], name: name)
  }

  /// Adds an operation that reads the given nodes.
  ///
  /// - Parameters:
  ///   - operation: What the new node computes.
  ///   - inputs: The nodes it reads, as many as its arity.
  ///   - name: Prefix of its parameters' names; by default the operation and the node's position.
  ///   - sharing: Parameters of other nodes that take the place of its own, by position.
  /// - Returns: The new node.
  /// - Throws: `GraphError` where the shapes do not fit or the name is taken.
  @discardableResult
  public mutating func add(
    _ operation: any Operation, to inputs: [NodeID], name: String? = nil,
    sharing: [Int: ParameterID] = [:]
  ) throws(GraphError) -> NodeID {
    let position = nodes.count
    if let missing = inputs.first(where: { !nodes.indices.contains($0) }) {
      throw .invalidLayer(
        layer: operation.word, position: position,
        problem: "reads node \(missing), but the graph has nodes 0 to \(lastNode)")
    }
    let shapes = inputs.map { nodes[$0].shape }
    guard inputs.count == operation.arity else {
      throw .invalidLayer(
        layer: operation.word, position: position,
        problem: "takes \(operation.arity) inputs, but has \(inputs.count)")
    }
    let shape: Shape
    do {
      shape = try operation.outputShape(of: shapes)
    } catch {
      switch error {
      case .expected(let expected):
        throw .shapeMismatch(
          layer: operation.word, position: position, expected: expected, actual: shapes)
      case .invalid(let problem):
        throw .invalidLayer(layer: operation.word, position: position, problem: problem)
      }
    }
    let prefix = name ?? "\(operation.word)\(position)"
    var ids: [ParameterID] = []
    for (index, var parameter) in operation.parameters(of: shapes).enumerated() {
      if let shared = sharing[index] {
        guard parameters.indices.contains(shared), parameters[shared].shape == parameter.shape
        else {
          let other =
            parameters.indices.contains(shared) ? parameters[shared].shape.description : "none"
          throw .invalidSharing(
            layer: operation.word, position: position,
            problem: "its \(parameter.name) has shape \(parameter.shape), the other is \(other)")
        }
        ids.append(shared)
        continue
      }
      parameter.name = prefix + "." + parameter.name
      guard !parameters.contains(where: { $0.name == parameter.name }) else {
        throw .duplicateName(parameter.name)
      }
      ids.append(parameters.count)
      parameters.append(parameter)
    }
    nodes.append(
      Node(
        operation: operation, inputs: inputs, shape: shape, parameters: ids, checkpoint: checkpoint)
    )
    return position
  }

  /// Nodes that are added from here on belong to a new checkpoint, until `endCheckpoint`.
  ///
  /// Only the last of them is read by later nodes; the others' outputs are not kept for the backward pass but
  /// computed again.
  public mutating func beginCheckpoint() {
    checkpoint = checkpointCount
    checkpointCount += 1
  }

  /// Ends the checkpoint.
  public mutating func endCheckpoint() { checkpoint = nil }

  /// Changes how a parameter begins.
  public mutating func setInitialValue(_ value: Parameter.InitialValue, of id: ParameterID) {
    parameters[id].initialValue = value
  }
}
