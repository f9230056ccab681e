import ComputeGraph

/// Maximum over windows; the first of equal maxima has the gradient, and the last NaN before any number.
package struct ReferenceMaxPool: ReferenceOperation {
  let x: ImageShape, y: ImageShape
  let window: Int, stride: Int, padding: Int

  package func forward(_ inputs: [[Double]]) -> [Double] {
    winners(inputs[0]).map { inputs[0][$0] }
  }

  package func backward(_ inputs: [[Double]], dy: [Double]) -> ReferenceGradients {
    var dx = zeros(inputs[0].count)
    for (winner, gradient) in zip(winners(inputs[0]), dy) { dx[winner] += gradient }
    return ReferenceGradients(dinputs: [dx])
  }

  /// The index in x that each element of the output comes from; padding never wins.
  private func winners(_ values: [Double]) -> [Int] {
    var winners: [Int] = []
    for n in 0..<values.count / x.count {
      for h in 0..<y.height {
        for w in 0..<y.width {
          let pixels = x.window(h, w, size: window, stride: stride, padding: padding)
          for c in 0..<y.channels {
            let places = pixels.map { n * x.count + $0 * x.channels + c }
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
