/// One step of a plan; each case bears the name of the kernel that computes it.
///
/// `relu` on a forward step: the step's output is passed through a ReLU before it is written. `mask` on a
/// backward step: the gradient is zeroed where `x`, the output of a ReLU, is not positive.
public enum Step: Sendable, Hashable {
  case linearForward(y: TensorID, x: TensorID, weight: ParameterID, bias: ParameterID, relu: Bool)
  case linearBackwardInput(
    dx: TensorID, dy: TensorID, x: TensorID, weight: ParameterID, mask: Bool)
  case linearBackwardWeight(weight: ParameterID, x: TensorID, dy: TensorID)
  case convolutionForward(
    y: TensorID, x: TensorID, weight: ParameterID, bias: ParameterID, padding: Int, relu: Bool)
  case convolutionBackwardInput(
    dx: TensorID, dy: TensorID, x: TensorID, weight: ParameterID, padding: Int, mask: Bool)
  case convolutionBackwardFilters(weight: ParameterID, x: TensorID, dy: TensorID, padding: Int)
  case biasBackward(bias: ParameterID, dy: TensorID)
  case reluForward(y: TensorID, x: TensorID)
  case reluBackward(dx: TensorID, dy: TensorID, x: TensorID)
  case imageCopy(y: TensorID, x: TensorID)
  case maxPoolForward(y: TensorID, x: TensorID, window: Int, stride: Int)
  case maxPoolBackward(
    dx: TensorID, dy: TensorID, x: TensorID, window: Int, stride: Int, mask: Bool)
  case crossEntropyForward(loss: TensorID, correct: TensorID, logits: TensorID, labels: TensorID)
  case crossEntropyBackward(dlogits: TensorID, logits: TensorID, labels: TensorID)

  /// The parameter whose gradient this step completes, if any.
  public var completedParameter: ParameterID? {
    switch self {
    case .linearBackwardWeight(let weight, _, _): weight
    case .convolutionBackwardFilters(let weight, _, _, _): weight
    case .biasBackward(let bias, _): bias
    default: nil
    }
  }

  /// The tensors that this step reads or writes; the memory plan keeps them alive during it.
  public var tensors: [TensorID] {
    switch self {
    case .linearForward(let y, let x, _, _, _): [y, x]
    case .linearBackwardInput(let dx, let dy, let x, _, _): [dx, dy, x]
    case .linearBackwardWeight(_, let x, let dy): [x, dy]
    case .convolutionForward(let y, let x, _, _, _, _): [y, x]
    case .convolutionBackwardInput(let dx, let dy, let x, _, _, _): [dx, dy, x]
    case .convolutionBackwardFilters(_, let x, let dy, _): [x, dy]
    case .biasBackward(_, let dy): [dy]
    case .reluForward(let y, let x): [y, x]
    case .reluBackward(let dx, let dy, let x): [dx, dy, x]
    case .imageCopy(let y, let x): [y, x]
    case .maxPoolForward(let y, let x, _, _): [y, x]
    case .maxPoolBackward(let dx, let dy, let x, _, _, _): [dx, dy, x]
    case .crossEntropyForward(let loss, let correct, let logits, let labels):
      [loss, correct, logits, labels]
    case .crossEntropyBackward(let dlogits, let logits, let labels): [dlogits, logits, labels]
    }
  }

  /// The halo that this step needs around each tensor it reads.
  func halos(in tensors: [Tensor]) -> [(tensor: TensorID, halo: Int)] {
    switch self {
    case .convolutionForward(_, let x, _, _, let padding, _),
      .convolutionBackwardFilters(_, let x, _, let padding):
      [(x, padding)]
    case .convolutionBackwardInput(let dx, let dy, _, _, let padding, _):
      // Each pixel of dx sums over kernel x kernel pixels of dy; the sizes tell the kernel.
      [(dy, tensors[dx].shape.dimensions[0] - tensors[dy].shape.dimensions[0] + padding)]
    default: []
    }
  }
}
