import ComputeGraph

/// `y = (x - mean) / sqrt(variance + epsilon) * scale + shift`, mean and variance of the set that x belongs to.
///
/// The sets tell the normalisations apart: a channel of a grain, a row, a group of an example's channels.
package struct ReferenceNormalization: ReferenceOperation {
  /// The set of element i of a batch.
  let set: (Int) -> Int
  let epsilon: Double
  let scale: [Double]
  var shift: [Double]?
  /// Whether the mean is taken off; else the root of the mean square takes the deviation's place.
  var centers = true
  /// Whether the sets' means and unbiased variances are summed, as running statistics.
  var hasStatistics = false

  private var channels: Int { scale.count }

  init(_ operation: BatchNormalization, _ x: Shape, _ weights: [[Double]], grain: Int) {
    let (size, channels) = (x.count, lastDimension(x))
    set = { $0 / size / grain * channels + $0 % channels }
    epsilon = Double(operation.epsilon)
    (scale, shift) = (weights[0], weights[1])
    hasStatistics = true
  }

  init(_ operation: LayerNormalization, _ x: Shape, _ weights: [[Double]]) {
    let columns = lastDimension(x)
    set = { $0 / columns }
    epsilon = Double(operation.epsilon)
    (scale, shift) = (weights[0], weights[1])
  }

  init(_ operation: RMSNormalization, _ x: Shape, _ weights: [[Double]]) {
    let columns = lastDimension(x)
    set = { $0 / columns }
    epsilon = Double(operation.epsilon)
    scale = weights[0]
    centers = false
  }

  init(_ operation: GroupNormalization, _ x: Shape, _ weights: [[Double]]) {
    let (size, channels, groups) = (x.count, lastDimension(x), operation.groups)
    set = { $0 / size * groups + $0 % channels / (channels / groups) }
    epsilon = Double(operation.epsilon)
    (scale, shift) = (weights[0], weights[1])
  }

  package func forward(_ inputs: [[Double]]) -> [Double] {
    var y = inputs[0]
    for members in sets(y.count) {
      let (normal, _, _, _) = normalized(inputs[0], members)
      for (i, value) in zip(members, normal) {
        y[i] = value * scale[i % channels] + (shift?[i % channels] ?? 0)
      }
    }
    return y
  }

  package func backward(_ inputs: [[Double]], dy: [Double]) -> ReferenceGradients {
    var dx = zeros(dy.count)
    var (dscale, dshift) = (zeros(channels), zeros(channels))
    var (means, variances) = (zeros(channels), zeros(channels))
    for members in sets(dy.count) {
      let (normal, inverse, mean, variance) = normalized(inputs[0], members)
      let count = Double(members.count)
      let gradient = members.map { dy[$0] * scale[$0 % channels] }
      let first = centers ? gradient.reduce(0, +) / count : 0
      let second = zip(gradient, normal).reduce(0) { $0 + $1.0 * $1.1 } / count
      for (k, i) in members.enumerated() {
        dx[i] = inverse * (gradient[k] - first - normal[k] * second)
        dscale[i % channels] += dy[i] * normal[k]
        dshift[i % channels] += dy[i]
      }
      means[members[0] % channels] += mean
      // A single element has no unbiased variance; its biased one, zero, takes the place.
      variances[members[0] % channels] += variance * count / max(count - 1, 1)
    }
    let shifts = shift == nil ? [] : [dshift]
    return ReferenceGradients(
      dinputs: [dx], parameters: [dscale] + shifts + (hasStatistics ? [means, variances] : []))
  }

  /// The elements of each set, in order.
  private func sets(_ count: Int) -> [[Int]] {
    var sets: [Int: [Int]] = [:]
    for i in 0..<count { sets[set(i), default: []].append(i) }
    return sets.keys.sorted().compactMap { sets[$0] }
  }

  private func normalized(
    _ x: [Double], _ members: [Int]
  ) -> (normal: [Double], inverse: Double, mean: Double, variance: Double) {
    let count = Double(members.count)
    let mean = centers ? members.reduce(0) { $0 + x[$1] } / count : 0
    let variance = members.reduce(0) { $0 + (x[$1] - mean) * (x[$1] - mean) } / count
    let inverse = 1 / (variance + epsilon).squareRoot()
    return (members.map { (x[$0] - mean) * inverse }, inverse, mean, variance)
  }
}

/// A batch normalisation by the running statistics, for evaluation.
package struct ReferenceRunningNormalization: ReferenceOperation {
  let scale: [Double], shift: [Double], mean: [Double], inverse: [Double]

  init(_ operation: BatchNormalization, _ weights: [[Double]]) {
    (scale, shift, mean) = (weights[0], weights[1], weights[2])
    inverse = weights[3].map { 1 / ($0 + Double(operation.epsilon)).squareRoot() }
  }

  package func forward(_ inputs: [[Double]]) -> [Double] {
    inputs[0].enumerated().map { i, x in
      let c = i % scale.count
      return (x - mean[c]) * inverse[c] * scale[c] + shift[c]
    }
  }

  package func backward(_ inputs: [[Double]], dy: [Double]) -> ReferenceGradients {
    var dx = dy
    var (dscale, dshift) = (zeros(scale.count), zeros(scale.count))
    for (i, gradient) in dy.enumerated() {
      let c = i % scale.count
      dx[i] *= inverse[c] * scale[c]
      dscale[c] += gradient * (inputs[0][i] - mean[c]) * inverse[c]
      dshift[c] += gradient
    }
    let none = zeros(scale.count)
    return ReferenceGradients(dinputs: [dx], parameters: [dscale, dshift, none, none])
  }
}
