import ComputeGraph
import Foundation

/// Softmax over rows, or its logarithm.
package struct ReferenceSoftmax: ReferenceOperation {
  let columns: Int
  let logarithm: Bool

  package func forward(_ inputs: [[Double]]) -> [Double] {
    rows(inputs[0]) { row in logarithm ? row.map { $0 - logSumOfExponentials(row) } : softmax(row) }
  }

  package func backward(_ inputs: [[Double]], dy: [Double]) -> ReferenceGradients {
    var first = 0
    let dx = rows(inputs[0]) { row in
      let gradient = Array(dy[first..<first + columns])
      first += columns
      let y = softmax(row)
      guard !logarithm else {
        let sum = gradient.reduce(0, +)
        return zip(gradient, y).map { $0 - $1 * sum }
      }
      return softmaxGradient(y, gradient)
    }
    return ReferenceGradients(dinputs: [dx])
  }

  private func rows(_ x: [Double], _ body: ([Double]) -> [Double]) -> [Double] {
    stride(from: 0, to: x.count, by: columns).flatMap { body(Array(x[$0..<$0 + columns])) }
  }
}

/// `log(sum of exp(x))`, without overflow.
func logSumOfExponentials(_ row: [Double]) -> Double {
  let top = row.max() ?? 0
  return log(row.reduce(0) { $0 + exp($1 - top) }) + top
}

func softmax(_ row: [Double]) -> [Double] {
  let top = row.max() ?? 0
  let sum = row.reduce(0) { $0 + exp($1 - top) }
  return row.map { exp($0 - top) / sum }
}

/// The gradient of a softmax's input, from its output.
func softmaxGradient(_ y: [Double], _ dy: [Double]) -> [Double] {
  let sum = zip(y, dy).reduce(0) { $0 + $1.0 * $1.1 }
  return zip(y, dy).map { $0 * ($1 - sum) }
}

/// `y[t, h] = sum over s of softmax(q[t, h] · k[s, g] / sqrt(D))[s] * v[s, g]`, with g the key head of h.
package struct ReferenceAttention: ReferenceOperation {
  let heads: Int, keyValueHeads: Int, causal: Bool
  let length: Int, size: Int

  init(_ operation: Attention, _ x: Shape) {
    (heads, keyValueHeads) = (operation.heads, operation.keyValueHeads)
    causal = operation.causal
    length = x.dimensions[0]
    size = x.dimensions[1] / (heads + 2 * keyValueHeads)
  }

  private var width: Int { (heads + 2 * keyValueHeads) * size }

  package func forward(_ inputs: [[Double]]) -> [Double] {
    let x = inputs[0]
    var y = zeros(x.count / width * heads * size)
    forEachQuery(x) { row, keys, values, weights, output in
      for (s, weight) in weights.enumerated() {
        for d in 0..<size { y[output + d] += weight * x[values + s * width + d] }
      }
    }
    return y
  }

  package func backward(_ inputs: [[Double]], dy: [Double]) -> ReferenceGradients {
    let x = inputs[0]
    var dx = zeros(x.count)
    forEachQuery(x) { query, keys, values, weights, output in
      var dweights = zeros(weights.count)
      for s in weights.indices {
        for d in 0..<size {
          dweights[s] += dy[output + d] * x[values + s * width + d]
          dx[values + s * width + d] += weights[s] * dy[output + d]
        }
      }
      for (s, dscore) in softmaxGradient(weights, dweights).enumerated() {
        for d in 0..<size {
          dx[query + d] += dscore * x[keys + s * width + d] / Double(size).squareRoot()
          dx[keys + s * width + d] += dscore * x[query + d] / Double(size).squareRoot()
        }
      }
    }
    return ReferenceGradients(dinputs: [dx])
  }

  /// Calls `body` with the first elements of a query, of its head's first key and value, the weights of the
  /// tokens that it sees, and the first element of its output.
  private func forEachQuery(
    _ x: [Double],
    _ body: (_ query: Int, _ keys: Int, _ values: Int, _ weights: [Double], _ output: Int) -> Void
  ) {
    for n in 0..<x.count / (length * width) {
      for h in 0..<heads {
        let shared = h / (heads / keyValueHeads)
        let keys = n * length * width + (heads + shared) * size
        let values = keys + keyValueHeads * size
        for t in 0..<length {
          let query = (n * length + t) * width + h * size
          let scores = (0...(causal ? t : length - 1)).map { s in
            (0..<size).reduce(0) { $0 + x[query + $1] * x[keys + s * width + $1] }
              / Double(size).squareRoot()
          }
          body(query, keys, values, softmax(scores), ((n * length + t) * heads + h) * size)
        }
      }
    }
  }
}
