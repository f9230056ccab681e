/// What the gradient rule of a node may use.
struct GradientContext {
  /// The node's input, its output's gradient, and the gradient of its input (nil: nobody needs it).
  let x: TensorID, dy: TensorID, dx: TensorID?
  /// Weight and bias, where the node has them.
  let parameters: [ParameterID]
  /// The input is a ReLU's output, so its gradient is zero where the input is not positive.
  let mask: Bool
  /// Class indices of the examples.
  let labels: TensorID
}

extension Operation {
  /// The backward steps of each operation: gradients of parameters first, because a bucket waits for them.
  func gradientSteps(_ g: GradientContext) -> [Step] {
    switch self {
    case .input:
      []
    case .linear:
      [
        .biasBackward(bias: g.parameters[1], dy: g.dy),
        .linearBackwardWeight(weight: g.parameters[0], x: g.x, dy: g.dy),
      ]
        + toInput(g) {
          .linearBackwardInput(dx: $0, dy: g.dy, x: g.x, weight: g.parameters[0], mask: g.mask)
        }
    case .convolution(_, _, let p):
      [
        .biasBackward(bias: g.parameters[1], dy: g.dy),
        .convolutionBackwardFilters(weight: g.parameters[0], x: g.x, dy: g.dy, padding: p),
      ]
        + toInput(g) {
          .convolutionBackwardInput(
            dx: $0, dy: g.dy, x: g.x, weight: g.parameters[0], padding: p, mask: g.mask)
        }
    case .relu:
      toInput(g) { .reluBackward(dx: $0, dy: g.dy, x: g.x) }
    case .maxPool(let window, let stride):
      toInput(g) {
        .maxPoolBackward(dx: $0, dy: g.dy, x: g.x, window: window, stride: stride, mask: g.mask)
      }
    case .flatten:
      // The same elements; the copy is for the halo that the convolution before it needs.
      toInput(g) { .imageCopy(y: $0, x: g.dy) }
    case .crossEntropy:
      toInput(g) { .crossEntropyBackward(dlogits: $0, logits: g.x, labels: g.labels) }
    }
  }

  private func toInput(_ g: GradientContext, _ step: (TensorID) -> Step) -> [Step] {
    g.dx.map { [step($0)] } ?? []
  }
}
