import ComputeGraph

/// A sum of products `y[j] += left[i] * right[k]` over terms (i, k, j), plus a bias per channel of y.
///
/// The terms say all: the gradients are the same terms with the roles exchanged.
package struct ReferenceProduct<Terms: ReferenceTerms>: ReferenceOperation {
  let terms: Terms
  /// Elements of one example.
  let leftCount: Int, rightCount: Int, outputCount: Int
  /// The right factor; nil: it is the second input, and each example has its own.
  var weight: [Double]?
  var bias: [Double]?

  package func forward(_ inputs: [[Double]]) -> [Double] {
    let channels = bias?.count ?? 1
    var y = (0..<inputs[0].count / leftCount * outputCount).map { bias?[$0 % channels] ?? 0 }
    // Pointers, because this is where the time goes.
    y.withUnsafeMutableBufferPointer { y in
      inputs[0].withUnsafeBufferPointer { x in
        (weight ?? inputs[1]).withUnsafeBufferPointer { w in
          for n in 0..<x.count / leftCount {
            let (left, right, output) = offsets(n)
            terms.forEach { i, k, j in y[output + j] += x[left + i] * w[right + k] }
          }
        }
      }
    }
    return y
  }

  package func backward(_ inputs: [[Double]], dy: [Double]) -> ReferenceGradients {
    var dleft = zeros(inputs[0].count)
    var dright = zeros((weight ?? inputs[1]).count)
    dleft.withUnsafeMutableBufferPointer { dx in
      dright.withUnsafeMutableBufferPointer { dw in
        inputs[0].withUnsafeBufferPointer { x in
          (weight ?? inputs[1]).withUnsafeBufferPointer { w in
            dy.withUnsafeBufferPointer { dy in
              for n in 0..<x.count / leftCount {
                let (left, right, output) = offsets(n)
                terms.forEach { i, k, j in
                  dx[left + i] += dy[output + j] * w[right + k]
                  dw[right + k] += dy[output + j] * x[left + i]
                }
              }
            }
          }
        }
      }
    }
    guard weight != nil else { return ReferenceGradients(dinputs: [dleft, dright]) }
    guard let bias else { return ReferenceGradients(dinputs: [dleft], parameters: [dright]) }
    var dbias = zeros(bias.count)
    for (j, gradient) in dy.enumerated() { dbias[j % bias.count] += gradient }
    return ReferenceGradients(dinputs: [dleft], parameters: [dright, dbias])
  }

  /// The first elements of an example.
  private func offsets(_ n: Int) -> (left: Int, right: Int, output: Int) {
    (n * leftCount, weight == nil ? n * rightCount : 0, n * outputCount)
  }
}

/// Which elements are multiplied.
package protocol ReferenceTerms {
  /// Calls `body` with the indices in left, right and y of every term of one example.
  func forEach(_ body: (_ left: Int, _ right: Int, _ y: Int) -> Void)
}

/// `y[b, i, j] = sum over k of left[b, i, k] * right[b, k, j]`, either factor stored transposed.
struct ReferenceMatrixTerms: ReferenceTerms {
  let batches: Int, rows: Int, inner: Int, columns: Int
  let transposesLeft: Bool, transposesRight: Bool

  @inline(__always)
  func forEach(_ body: (_ left: Int, _ right: Int, _ y: Int) -> Void) {
    for b in 0..<batches {
      for i in 0..<rows {
        for k in 0..<inner {
          let left = transposesLeft ? (b * inner + k) * rows + i : (b * rows + i) * inner + k
          for j in 0..<columns {
            let right =
              transposesRight ? (b * columns + j) * inner + k : (b * inner + k) * columns + j
            body(left, right, (b * rows + i) * columns + j)
          }
        }
      }
    }
  }
}

/// `y[h, w, m] = sum over a, b, c of x[h * stride + a * dilation - padding, …, first(m) + c] * weight[a, b, c, m]`,
/// where first(m) is the first input channel of the group that m lies in.
struct ReferenceConvolutionTerms: ReferenceTerms {
  let x: ImageShape, y: ImageShape
  let options: Convolution

  @inline(__always)
  func forEach(_ body: (_ left: Int, _ right: Int, _ y: Int) -> Void) {
    let o = options
    let (inputs, outputs) = (x.channels / o.groups, y.channels / o.groups)
    for h in 0..<y.height {
      for w in 0..<y.width {
        for a in 0..<o.kernel.height {
          for b in 0..<o.kernel.width {
            let line = h * o.stride + a * o.dilation - o.padding.height
            let column = w * o.stride + b * o.dilation - o.padding.width
            guard line >= 0, line < x.height, column >= 0, column < x.width else { continue }
            for group in 0..<o.groups {
              for c in 0..<inputs {
                let left = (line * x.width + column) * x.channels + group * inputs + c
                let right = ((a * o.kernel.width + b) * inputs + c) * y.channels + group * outputs
                let first = (h * y.width + w) * y.channels + group * outputs
                for m in 0..<outputs { body(left, right + m, first + m) }
              }
            }
          }
        }
      }
    }
  }
}

func referenceProduct(
  _ operation: Linear, _ x: Shape, _ weights: [[Double]]
) -> any ReferenceOperation {
  let inner = lastDimension(x)
  let terms = ReferenceMatrixTerms(
    batches: 1, rows: x.count / inner, inner: inner, columns: operation.outputs,
    transposesLeft: false, transposesRight: operation.transposed)
  return ReferenceProduct(
    terms: terms, leftCount: x.count, rightCount: weights[0].count,
    outputCount: x.count / inner * operation.outputs, weight: weights[0],
    bias: operation.bias ? weights[1] : nil)
}

func referenceProduct(
  _ operation: Convolution, _ x: Shape, _ y: Shape, _ weights: [[Double]]
) -> any ReferenceOperation {
  ReferenceProduct(
    terms: ReferenceConvolutionTerms(x: image(x), y: image(y), options: operation),
    leftCount: x.count, rightCount: weights[0].count, outputCount: y.count, weight: weights[0],
    bias: operation.bias ? weights[1] : nil)
}

func referenceProduct(
  _ operation: MatrixProduct, _ inputs: [Shape], _ y: Shape
) -> any ReferenceOperation {
  let (left, right) = (inputs[0].dimensions, inputs[1].dimensions)
  let rank = left.count
  let terms = ReferenceMatrixTerms(
    batches: left[..<(rank - 2)].reduce(1, *),
    rows: left[operation.transposesLeft ? rank - 1 : rank - 2],
    inner: left[operation.transposesLeft ? rank - 2 : rank - 1],
    columns: right[operation.transposesRight ? rank - 2 : rank - 1],
    transposesLeft: operation.transposesLeft, transposesRight: operation.transposesRight)
  return ReferenceProduct(
    terms: terms, leftCount: inputs[0].count, rightCount: inputs[1].count, outputCount: y.count)
}
