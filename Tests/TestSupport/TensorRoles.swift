package import ComputeGraph

/// Which node's output, or which node's gradient, each tensor of a plan holds at the end of a step.
///
/// A fused ReLU overwrites its input's place; a masked gradient has passed the ReLU already.
package struct TensorRoles {
  /// The tensor that holds a node's output. A flatten has no tensor of its own.
  package private(set) var outputs: [NodeID: TensorID] = [:]
  /// The tensor that holds the gradient of a node's output.
  package private(set) var gradients: [NodeID: TensorID] = [:]

  /// The roles of a plan's tensors.
  package init(_ plan: Plan) {
    let nodes = plan.graph.nodes
    outputs[0] = plan.examples
    outputs[nodes.count - 1] = plan.loss
    for step in plan.forward {
      switch step {
      case .linearForward(let y, _, _, _, let relu),
        .convolutionForward(let y, _, _, _, _, let relu):
        outputs[Self.node(of: y, in: plan) + (relu ? 1 : 0)] = y
      case .reluForward(let y, _), .maxPoolForward(let y, _, _, _):
        outputs[Self.node(of: y, in: plan)] = y
      default: break
      }
    }
    for step in plan.backward {
      switch step {
      case .linearBackwardInput(let dx, _, _, _, let mask),
        .convolutionBackwardInput(let dx, _, _, _, _, let mask),
        .maxPoolBackward(let dx, _, _, _, _, let mask):
        let node = Self.node(of: dx, in: plan)
        gradients[mask ? Self.beforeReLU(node, nodes) : node] = dx
      case .reluBackward(let dx, _, _), .crossEntropyBackward(let dx, _, _):
        gradients[Self.node(of: dx, in: plan)] = dx
      case .imageCopy(let y, let x):
        // The same gradient in another layout; of the ReLU's input, where it came masked.
        let source = gradients.first { $0.value == x }?.key ?? 0
        let node = Self.node(of: y, in: plan)
        gradients[source < node ? source : node] = y
      default: break
      }
    }
  }

  /// A tensor's name is `x` or `d` and the number of its node.
  private static func node(of tensor: TensorID, in plan: Plan) -> NodeID {
    guard let node = NodeID(plan.tensors[tensor].name.dropFirst()) else {
      preconditionFailure("tensor \(plan.tensors[tensor].name) belongs to no node")
    }
    return node
  }

  /// The node before the ReLU that `node` is, or that flattens up to it have in front.
  private static func beforeReLU(_ node: NodeID, _ nodes: [Node]) -> NodeID {
    (nodes[...node].lastIndex { $0.operation == .relu } ?? 0) - 1
  }
}
