/// Element-wise operations that a kernel applies to its output before it writes it: activation, dropout, a
/// residual, activation. Each part may be missing; tail.h applies them.
struct Tail {
  /// Learned positions, which only an embedding adds.
  var positions: ParameterID?
  var first: Activation?
  var dropout: (node: NodeID, operation: Dropout)?
  /// The tensor that is added.
  var residual: TensorID?
  var last: Activation?
  /// Where that is kept which an activation's gradient is computed from: its derivative, or its input.
  var saved: TensorID?

  /// The parts that a further element-wise operation must not precede.
  private var stage: Int {
    if last != nil { return 4 }
    if residual != nil { return 3 }
    if dropout != nil { return 2 }
    return first != nil ? 1 : 0
  }

  /// Whether the activation can be the next part; `made` tells what its gradient will be computed from.
  func accepts(_ activation: Activation) -> Bool {
    switch stage {
    case 0: true
    // One value is saved, for one activation.
    case 2, 3: !(activation.gradientNeedsInput && first != nil)
    default: false
    }
  }

  /// Whether a dropout can be the next part.
  var acceptsDropout: Bool { stage < 2 && canContinue }

  /// Whether a residual can be the next part.
  var acceptsResidual: Bool { stage < 3 && canContinue }

  /// What follows an activation hides its output from backward, which then needs its input instead.
  private var canContinue: Bool { first?.gradientAcceptsInput ?? true }

  /// Build options for the kernel.
  func options(_ mode: PlanMode) -> [Step.Option] {
    var options: [Step.Option] = []
    if let first { options.append(Step.Option("TAIL_FIRST", first.code)) }
    if let last { options.append(Step.Option("TAIL_LAST", last.code)) }
    if let slope = (first ?? last)?.slopeOption { options.append(slope) }
    if saved != nil { options.append(Step.Option("TAIL_SAVES", 1)) }
    if dropout != nil && mode == .training { options.append(Step.Option("TAIL_DROPOUT", 1)) }
    if residual != nil { options.append(Step.Option("TAIL_ADDS", 1)) }
    return options
  }

  /// Arguments at the end of the kernel's, for an output of `count` elements.
  func arguments(_ mode: PlanMode, count: Int) -> [Step.Argument] {
    var arguments: [Step.Argument] = []
    if let saved { arguments.append(.output(saved)) }
    if let dropout, mode == .training {
      arguments += dropout.operation.arguments(node: dropout.node, count: count)
    }
    if let residual { arguments.append(.input(residual)) }
    return arguments
  }
}

/// Whether steps are for training or for evaluation (no dropout, running statistics).
public enum PlanMode: Sendable, Hashable {
  /// Forward before a backward.
  case training
  /// Forward alone.
  case evaluation
}
