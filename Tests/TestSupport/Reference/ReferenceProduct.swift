import ComputeGraph

/// A sum of products `y[j] += x[i] * w[k]` over terms (i, k, j), plus a bias per channel of y.
///
/// The terms say all: the gradients are the same terms with the roles exchanged.
package protocol ReferenceProduct: ReferenceOperation {
  /// Elements of one example's input and output, and channels of the output.
  var sizes: (x: Int, y: Int, channels: Int) { get }
  /// The weights.
  var weight: [Double] { get }
  /// One per channel of the output.
  var bias: [Double] { get }
  /// Calls `body` with the indices in x, w and y of every term of one example.
  func forEachTerm(_ body: (_ x: Int, _ w: Int, _ y: Int) -> Void)
}

extension ReferenceProduct {
  package func forward(_ x: [Double]) -> [Double] {
    let count = x.count / sizes.x
    var y = (0..<count * sizes.y).map { bias[$0 % sizes.channels] }
    y.withUnsafeMutableBufferPointer { y in
      for n in 0..<count {
        forEachTerm { i, k, j in y[n * sizes.y + j] += x[n * sizes.x + i] * weight[k] }
      }
    }
    return y
  }

  package func backward(_ x: [Double], dy: [Double]) -> ReferenceGradients {
    var dx = [Double](repeating: 0, count: x.count)
    var dw = [Double](repeating: 0, count: weight.count)
    var db = [Double](repeating: 0, count: bias.count)
    for n in 0..<x.count / sizes.x {
      forEachTerm { i, k, j in
        dx[n * sizes.x + i] += dy[n * sizes.y + j] * weight[k]
        dw[k] += dy[n * sizes.y + j] * x[n * sizes.x + i]
      }
    }
    for (j, gradient) in dy.enumerated() { db[j % sizes.channels] += gradient }
    return ReferenceGradients(dx: dx, parameters: [dw, db])
  }
}

/// `y[m] = bias[m] + sum over k of x[k] * weight[k, m]`.
package struct ReferenceLinear: ReferenceProduct {
  let inputs: Int, outputs: Int
  package let weight: [Double], bias: [Double]

  package var sizes: (x: Int, y: Int, channels: Int) { (inputs, outputs, outputs) }

  package func forEachTerm(_ body: (_ x: Int, _ w: Int, _ y: Int) -> Void) {
    for k in 0..<inputs {
      for m in 0..<outputs { body(k, k * outputs + m, m) }
    }
  }
}

/// `y[h, w, m] = bias[m] + sum over a, b, c of x[h + a - padding, w + b - padding, c] * filters[a, b, c, m]`.
package struct ReferenceConvolution: ReferenceProduct {
  let x: ImageShape, y: ImageShape
  let kernel: Int, padding: Int
  let filters: [Double]
  package let bias: [Double]

  package var weight: [Double] { filters }

  package var sizes: (x: Int, y: Int, channels: Int) {
    (x.height * x.width * x.channels, y.height * y.width * y.channels, y.channels)
  }

  package func forEachTerm(_ body: (_ x: Int, _ w: Int, _ y: Int) -> Void) {
    for h in 0..<y.height {
      for w in 0..<y.width {
        for a in 0..<kernel where (0..<x.height).contains(h + a - padding) {
          for b in 0..<kernel where (0..<x.width).contains(w + b - padding) {
            let pixel = ((h + a - padding) * x.width + w + b - padding) * x.channels
            for c in 0..<x.channels {
              let row = ((a * kernel + b) * x.channels + c) * y.channels
              for m in 0..<y.channels {
                body(pixel + c, row + m, (h * y.width + w) * y.channels + m)
              }
            }
          }
        }
      }
    }
  }
}
