package import ComputeGraph

extension Step {
  /// The kernel that computes the step.
  package var kernelName: String {
    switch self {
    case .linearForward: "linear_forward"
    case .linearBackwardInput: "linear_backward_input"
    case .linearBackwardWeight: "linear_backward_weight"
    case .convolutionForward: "convolution_forward"
    case .convolutionBackwardInput: "convolution_backward_input"
    case .convolutionBackwardFilters: "convolution_backward_filters"
    case .biasBackward: "bias_backward"
    case .reluForward: "relu_forward"
    case .reluBackward: "relu_backward"
    case .imageCopy: "image_copy"
    case .maxPoolForward: "max_pool_forward"
    case .maxPoolBackward: "max_pool_backward"
    case .crossEntropyForward: "cross_entropy_forward"
    case .crossEntropyBackward: "cross_entropy_backward"
    }
  }
}
