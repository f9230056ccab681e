import ComputeGraph
import Foundation

/// `max(x, 0)`; NaN stays NaN, and its gradient is zero.
package struct ReferenceReLU: ReferenceOperation {
  package func forward(_ x: [Double]) -> [Double] { x.map { $0 <= 0 ? 0 : $0 } }
  package func backward(_ x: [Double], dy: [Double]) -> ReferenceGradients {
    ReferenceGradients(dx: zip(x, dy).map { $0 > 0 ? $1 : 0 })
  }
}

/// Maximum over windows; the first of equal maxima has the gradient, and the last NaN before any number.
package struct ReferenceMaxPool: ReferenceOperation {
  let x: ImageShape, y: ImageShape
  let window: Int, stride: Int

  package func forward(_ x: [Double]) -> [Double] { winners(x).map { x[$0] } }

  package func backward(_ x: [Double], dy: [Double]) -> ReferenceGradients {
    var dx = [Double](repeating: 0, count: x.count)
    for (winner, gradient) in zip(winners(x), dy) { dx[winner] += gradient }
    return ReferenceGradients(dx: dx)
  }

  /// The index in x that each element of the output comes from.
  private func winners(_ values: [Double]) -> [Int] {
    let examples = values.count / (x.height * x.width * x.channels)
    var winners: [Int] = []
    for n in 0..<examples {
      for oh in 0..<y.height {
        for ow in 0..<y.width {
          for c in 0..<y.channels {
            let places = (0..<window * window).map { i in
              let (h, w) = (oh * stride + i / window, ow * stride + i % window)
              return ((n * x.height + h) * x.width + w) * x.channels + c
            }
            let best = places.map { values[$0] }.filter { !$0.isNaN }.max()
            let lastNaN = places.last { values[$0].isNaN }
            winners.append(lastNaN ?? places.first { values[$0] == best } ?? places[0])
          }
        }
      }
    }
    return winners
  }
}

/// `log(sum over c of exp(x[c])) - x[label]`, for each example.
package struct ReferenceCrossEntropy: ReferenceOperation {
  let classes: Int
  let labels: [Int]

  package func forward(_ x: [Double]) -> [Double] {
    labels.enumerated().map { n, label in
      let row = x[n * classes..<(n + 1) * classes]
      let top = row.max() ?? 0
      return log(row.reduce(0) { $0 + exp($1 - top) }) + (top - row[row.startIndex + label])
    }
  }

  package func backward(_ x: [Double], dy: [Double]) -> ReferenceGradients {
    var dx: [Double] = []
    for (n, label) in labels.enumerated() {
      let row = x[n * classes..<(n + 1) * classes]
      let top = row.max() ?? 0
      let sum = row.reduce(0) { $0 + exp($1 - top) }
      for (c, logit) in row.enumerated() {
        dx.append(dy[n] * (exp(logit - top) / sum - (c == label ? 1 : 0)))
      }
    }
    return ReferenceGradients(dx: dx)
  }
}
