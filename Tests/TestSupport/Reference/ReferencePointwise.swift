import ComputeGraph
import Foundation

/// A function of each element; NaN stays NaN, and the gradient of a ReLU at zero and at NaN is that of its lower part.
package struct ReferenceActivation: ReferenceOperation {
  let value: (Double) -> Double
  let slope: (Double) -> Double

  init(_ activation: Activation) {
    switch activation {
    case .relu:
      value = { $0 <= 0 ? 0 : $0 }
      slope = { $0 > 0 ? 1 : 0 }
    case .leakyReLU(let lower):
      let lower = Double(lower)
      value = { $0 <= 0 ? lower * $0 : $0 }
      slope = { $0 > 0 ? 1 : lower }
    case .gelu:
      value = { $0 * normalDistribution($0) }
      slope = { normalDistribution($0) + $0 * exp(-$0 * $0 / 2) / (2 * Double.pi).squareRoot() }
    case .geluTanh:
      let factor = (2 / Double.pi).squareRoot()
      value = { 0.5 * $0 * (1 + Foundation.tanh(factor * ($0 + 0.044715 * $0 * $0 * $0))) }
      slope = { x in
        let t = Foundation.tanh(factor * (x + 0.044715 * x * x * x))
        return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * factor * (1 + 3 * 0.044715 * x * x)
      }
    case .silu:
      value = { $0 * logistic($0) }
      slope = { logistic($0) * (1 + $0 * logistic(-$0)) }
    case .sigmoid:
      value = logistic
      slope = { logistic($0) * logistic(-$0) }
    case .tanh:
      value = { Foundation.tanh($0) }
      slope = { 1 / (cosh($0) * cosh($0)) }
    case .softplus:
      value = softplus
      slope = logistic
    }
  }

  package func forward(_ inputs: [[Double]]) -> [Double] { inputs[0].map(value) }

  package func backward(_ inputs: [[Double]], dy: [Double]) -> ReferenceGradients {
    ReferenceGradients(dinputs: [zip(inputs[0], dy).map { slope($0) * $1 }])
  }
}

/// `1 / (1 + exp(-x))`.
func logistic(_ x: Double) -> Double {
  x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x))
}

/// `log(1 + exp(x))`.
func softplus(_ x: Double) -> Double { (x > 0 ? x : 0) + log1p(exp(-abs(x))) }

/// The share of a standard normal distribution below x.
func normalDistribution(_ x: Double) -> Double { 0.5 * erfc(-x / 2.0.squareRoot()) }

/// Zeroes the elements whose word of Philox lies below the probability, and scales the others.
package struct ReferenceDropout: ReferenceOperation {
  let probability: Float
  let node: NodeID
  /// Elements of one example.
  let count: Int
  let setting: ReferenceSetting

  /// Zero where dropped, `1 / (1 - probability)` in single precision where kept, for a batch `[N, count]`.
  package func factors(examples: Int) -> [Double] {
    let philox = Philox(seed: setting.seed)
    let limit = UInt32((Double(probability) * 0x1p32).rounded())
    let kept = Double(Float(1 / (1 - Double(probability))))
    return (0..<examples * count).map { i in
      let key = setting.keys?[i / count] ?? UInt32(i / count)
      let stream = UInt32(node) << 8 | RandomStream.dropout.rawValue
      let block = philox.block(SIMD4(UInt32(i % count), key, stream, setting.step))
      return block[0] < limit ? 0 : kept
    }
  }

  package func forward(_ inputs: [[Double]]) -> [Double] {
    zip(inputs[0], factors(examples: inputs[0].count / count)).map { $1 == 0 ? 0 : $0 * $1 }
  }

  package func backward(_ inputs: [[Double]], dy: [Double]) -> ReferenceGradients {
    ReferenceGradients(dinputs: [forward([dy])])
  }
}
