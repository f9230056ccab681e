import ComputeGraph

/// The rows of a table that tokens name.
package struct ReferenceEmbedding: ReferenceOperation {
  let width: Int
  let weight: [Double]

  package func forward(_ inputs: [[Double]]) -> [Double] {
    inputs[0].flatMap { weight[Int($0) * width..<(Int($0) + 1) * width] }
  }

  package func backward(_ inputs: [[Double]], dy: [Double]) -> ReferenceGradients {
    var dweight = zeros(weight.count)
    for (t, token) in inputs[0].enumerated() {
      for d in 0..<width { dweight[Int(token) * width + d] += dy[t * width + d] }
    }
    return ReferenceGradients(dinputs: [zeros(inputs[0].count)], parameters: [dweight])
  }
}

/// `y[n, t, d] = x[n, t, d] + weight[t, d]`.
package struct ReferencePositions: ReferenceOperation {
  let weight: [Double]

  package func forward(_ inputs: [[Double]]) -> [Double] {
    inputs[0].enumerated().map { $1 + weight[$0 % weight.count] }
  }

  package func backward(_ inputs: [[Double]], dy: [Double]) -> ReferenceGradients {
    var dweight = zeros(weight.count)
    for (i, gradient) in dy.enumerated() { dweight[i % weight.count] += gradient }
    return ReferenceGradients(dinputs: [dy], parameters: [dweight])
  }
}
