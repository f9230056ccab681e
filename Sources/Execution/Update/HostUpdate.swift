public import ComputeGraph

/// The update of optimizer.cl on the host, with the same bits: for steps to be repeated when no device is left.
public struct HostUpdate: Sendable {
  private let runs: [[BucketLayout.UpdateRun]]
  private let optimizer: Optimizer

  /// Updates of a plan's buckets.
  ///
  /// - Parameters:
  ///   - layout: The buckets.
  ///   - parameters: The plan's parameters, by id.
  ///   - optimizer: The rule.
  public init(layout: BucketLayout, parameters: [Parameter], optimizer: Optimizer) {
    runs = layout.buckets.indices.map { layout.updateRuns(bucket: $0, parameters: parameters) }
    self.optimizer = optimizer
  }

  /// Applies one step's update.
  ///
  /// - Parameters:
  ///   - numbers: The scalars of the step, of this optimizer.
  ///   - gradients: `[bucket.count]` reduced gradients of each bucket: sums over the global batch.
  ///   - state: What the update changes, of the same layout and optimizer.
  public func apply(
    _ numbers: UpdateNumbers, gradients: [UnsafePointer<Float>], to state: inout PlanState
  ) {
    precondition(
      gradients.count == runs.count && state.weights.count == runs.count
        && state.states.count == optimizer.stateCount, "a state of another plan")
    for (bucket, gradients) in gradients.enumerated() {
      state.withArrays(of: bucket) { arrays in
        for run in runs[bucket] { apply(numbers, run, gradients, arrays) }
        if let share = numbers.averageShare { arrays.average(share) }
      }
    }
  }

  /// The same with arrays, `[bucket.count]` for each bucket.
  public func apply(
    _ numbers: UpdateNumbers, gradients: [[Float]], to state: inout PlanState
  ) {
    precondition(gradients.map(\.count) == state.weights.map(\.count))
    let first = gradients.map { bucket in
      let copy = UnsafeMutableBufferPointer<Float>.allocate(capacity: bucket.count)
      _ = copy.initialize(from: bucket)
      return copy
    }
    defer { for copy in first { copy.deallocate() } }
    apply(numbers, gradients: first.compactMap { UnsafePointer($0.baseAddress) }, to: &state)
  }

  private func apply(
    _ numbers: UpdateNumbers, _ run: BucketLayout.UpdateRun, _ gradients: UnsafePointer<Float>,
    _ arrays: BucketArrays
  ) {
    let decay: Float
    switch run.role {
    case .statistic(let momentum):
      arrays.statistic(
        run.range, gradients, keep: 1 - momentum, share: momentum * numbers.inverseGrains)
      return
    case .weight: decay = numbers.decay
    case .bias: decay = numbers.decaysBiases ? numbers.decay : 0
    }
    switch numbers.rule {
    case .sgd(let momentum, let nesterov):
      arrays.sgd(run.range, gradients, numbers, decay, momentum, nesterov)
    case .adam(let share1, let share2, let epsilon, let correction1, let correction2, let decoupled):
      arrays.adam(
        run.range, gradients, numbers, decay,
        AdamNumbers(
          share1: share1, share2: share2, epsilon: epsilon, correction1: correction1,
          correction2: correction2, isDecoupled: decoupled))
    case .lion(let share1, let share2):
      arrays.lion(run.range, gradients, numbers, decay, share1, share2)
    }
  }
}

extension PlanState {
  /// Gives the arrays of one bucket to `body`, in place.
  fileprivate mutating func withArrays(of bucket: Int, _ body: (BucketArrays) -> Void) {
    precondition((1...2).contains(states.count), "an optimizer keeps one array or two")
    // Taken out, so that changing them copies nothing.
    var weights: [Float] = []
    var moments1: [Float] = []
    var moments2: [Float] = []
    var averages: [Float] = []
    func exchange(_ state: inout PlanState) {
      swap(&weights, &state.weights[bucket])
      swap(&moments1, &state.states[0][bucket])
      if state.states.count > 1 { swap(&moments2, &state.states[1][bucket]) }
      if !state.averages.isEmpty { swap(&averages, &state.averages[bucket]) }
    }
    exchange(&self)
    let count = weights.count
    weights.withUnsafeMutableBufferPointer { weights in
      moments1.withUnsafeMutableBufferPointer { moments1 in
        moments2.withUnsafeMutableBufferPointer { moments2 in
          averages.withUnsafeMutableBufferPointer { averages in
            body(
              BucketArrays(
                count: count, weights: weights, moments1: moments1, moments2: moments2,
                averages: averages))
          }
        }
      }
    }
    exchange(&self)
  }
}
