import ComputeGraph
import Foundation

/// `log(sum over c of exp(x[c])) - sum over c of share[c] * x[c]` of each token, summed over an example's tokens.
///
/// The share is 1 for the target; smoothing takes a part of it and spreads that over all classes.
package struct ReferenceCrossEntropy: ReferenceOperation {
  let tokens: Int, classes: Int
  let smoothing: Double
  let ignored: Int?
  let targets: [Int]

  init(_ operation: CrossEntropy, _ x: Shape, targets: [Double]) {
    classes = lastDimension(x)
    tokens = x.count / classes
    smoothing = Double(operation.labelSmoothing)
    ignored = operation.ignoredIndex
    self.targets = targets.map { Int($0) }
  }

  package func forward(_ inputs: [[Double]]) -> [Double] {
    var losses = zeros(targets.count / tokens)
    forEachToken(inputs[0]) { token, row, share in
      // The shares' sum is 1: logits count from the largest one, or huge ones would hide the rest.
      let top = row.max() ?? 0
      let lacking = zip(row, share).reduce(0) { $0 + (top - $1.0) * $1.1 }
      losses[token / tokens] += logSumOfExponentials(row.map { $0 - top }) + lacking
    }
    return losses
  }

  package func backward(_ inputs: [[Double]], dy: [Double]) -> ReferenceGradients {
    var dx = zeros(inputs[0].count)
    forEachToken(inputs[0]) { token, row, share in
      for (c, probability) in softmax(row).enumerated() {
        dx[token * classes + c] = dy[token / tokens] * (probability - share[c])
      }
    }
    return ReferenceGradients(dinputs: [dx])
  }

  /// Tokens of each example whose first largest logit is the target's, and tokens that count.
  package func predictions(_ x: [Double]) -> (correct: [Int], counted: [Int]) {
    var correct = Array(repeating: 0, count: targets.count / tokens)
    var counted = correct
    forEachToken(x) { token, row, _ in
      counted[token / tokens] += 1
      if row.firstIndex(of: row.max() ?? 0) == targets[token] { correct[token / tokens] += 1 }
    }
    return (correct, counted)
  }

  /// Calls `body` for each token that counts, with its logits and what share of the target each class is.
  private func forEachToken(_ x: [Double], _ body: (Int, [Double], [Double]) -> Void) {
    for (token, target) in targets.enumerated() where target != ignored {
      var share = Array(repeating: smoothing / Double(classes), count: classes)
      share[target] += 1 - smoothing
      body(token, Array(x[token * classes..<(token + 1) * classes]), share)
    }
  }
}

/// The mean over an example's elements of a function of prediction and target.
package struct ReferenceRegression: ReferenceOperation {
  let targets: [Double]
  /// Elements of one example.
  let count: Int
  let value: (_ x: Double, _ target: Double) -> Double
  let slope: (_ x: Double, _ target: Double) -> Double

  /// `(x - t)²`.
  static func squared(_ targets: [Double], _ x: Shape) -> Self {
    Self(
      targets: targets, count: x.count, value: { ($0 - $1) * ($0 - $1) },
      slope: { 2 * ($0 - $1) })
  }

  /// Half the square up to `delta`, and a line beyond.
  static func huber(_ targets: [Double], _ x: Shape, delta: Double) -> Self {
    Self(
      targets: targets, count: x.count,
      value: { x, t in
        let distance = abs(x - t)
        return distance <= delta ? distance * distance / 2 : delta * (distance - delta / 2)
      },
      slope: { max(-delta, min(delta, $0 - $1)) })
  }

  /// `-t * log(p) - (1 - t) * log(1 - p)` with `p = sigmoid(x)`.
  static func binary(_ targets: [Double], _ x: Shape) -> Self {
    Self(
      targets: targets, count: x.count, value: { softplus($0) - $0 * $1 },
      slope: { logistic($0) - $1 })
  }

  package func forward(_ inputs: [[Double]]) -> [Double] {
    var losses = zeros(targets.count / count)
    for (i, x) in inputs[0].enumerated() {
      losses[i / count] += value(x, targets[i]) / Double(count)
    }
    return losses
  }

  package func backward(_ inputs: [[Double]], dy: [Double]) -> ReferenceGradients {
    let dx = inputs[0].enumerated().map { i, x in
      dy[i / count] * slope(x, targets[i]) / Double(count)
    }
    return ReferenceGradients(dinputs: [dx])
  }
}
