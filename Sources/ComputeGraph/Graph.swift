/// Index of a node in its graph; inputs come before the nodes that read them.
public typealias NodeID = Int

/// One operation of a graph, the node it reads, and what that gives.
public struct Node: Sendable, Hashable {
  /// What it computes.
  public let operation: Operation
  /// The node it reads; nil for the input.
  public let input: NodeID?
  /// Shape of the output of one example.
  public let shape: Shape
  /// Weight and bias, where the operation has them.
  public let parameters: [ParameterID]
}

/// A network from examples to one loss per example: a chain of nodes.
///
/// Every node but the last is read by exactly one other; the plan relies on it when it fuses a ReLU into
/// its neighbours.
public struct Graph: Sendable, Hashable {
  /// Nodes in the order of the forward pass.
  public private(set) var nodes: [Node]
  /// Parameters in the order in which the layers were added; weights are hashed and saved in this order.
  public private(set) var parameters: [Parameter] = []

  /// A graph that so far is only its input, of shape `input` per example.
  public init(input: Shape) {
    nodes = [Node(operation: .input, input: nil, shape: input, parameters: [])]
  }

  /// Shape of one example.
  public var inputShape: Shape { nodes[0].shape }

  /// Shape of the last node's output.
  public var outputShape: Shape { nodes[nodes.count - 1].shape }

  /// Number of trained values.
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.shape.count } }

  /// Puts an operation behind the last node.
  ///
  /// - Parameters:
  ///   - operation: What the new node computes.
  ///   - name: Prefix of its parameters' names; by default the operation and the node's position.
  /// - Throws: `GraphError` where the shapes do not fit or the name is taken.
  public mutating func append(
    _ operation: Operation, name: String? = nil
  ) throws(GraphError) {
    let position = nodes.count
    let shape = try operation.outputShape(of: outputShape, at: position)
    let new = operation.parameters(
      named: name ?? "\(operation.word)\(position)", input: outputShape)
    for parameter in new where parameters.contains(where: { $0.name == parameter.name }) {
      throw .duplicateName(parameter.name)
    }
    let ids = parameters.count..<parameters.count + new.count
    parameters += new
    nodes.append(
      Node(operation: operation, input: position - 1, shape: shape, parameters: Array(ids)))
  }
}
