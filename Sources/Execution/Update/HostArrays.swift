// The kernels of optimizer.cl, term by term. Every fma is `c.addingProduct(a, b)`, rounded once; nothing else is
// contracted: Swift contracts nothing by itself.

/// The arrays of one bucket that an update changes.
struct BucketArrays {
  let count: Int
  let weights: UnsafeMutableBufferPointer<Float>
  /// What the optimizer keeps; the second is empty where it keeps one array.
  let moments1: UnsafeMutableBufferPointer<Float>, moments2: UnsafeMutableBufferPointer<Float>
  /// Empty where no average is kept.
  let averages: UnsafeMutableBufferPointer<Float>

  /// `sgd_update`.
  func sgd(
    _ range: Range<Int>, _ gradients: UnsafePointer<Float>, _ numbers: UpdateNumbers,
    _ decay: Float, _ momentum: Float, _ isNesterov: Bool
  ) {
    for i in range {
      let w = weights[i]
      let g = (gradients[i] * numbers.factor).addingProduct(decay, w)
      let v = g.addingProduct(momentum, moments1[i])
      moments1[i] = v
      let step = isNesterov ? g.addingProduct(momentum, v) : v
      weights[i] = w.addingProduct(-numbers.rate, step)
    }
  }

  /// `adam_update`.
  func adam(
    _ range: Range<Int>, _ gradients: UnsafePointer<Float>, _ numbers: UpdateNumbers,
    _ decay: Float, _ adam: AdamNumbers
  ) {
    let step = numbers.rate * adam.correction1
    let shrinking = adam.isDecoupled ? numbers.rate * decay : 0
    let pull = adam.isDecoupled ? 0 : decay
    for i in range {
      let old = weights[i]
      let g = (gradients[i] * numbers.factor).addingProduct(pull, old)
      let m = moved(moments1[i], to: g, by: adam.share1)
      let v = moved(moments2[i], to: g * g, by: adam.share2)
      moments1[i] = m
      moments2[i] = v
      let denominator = adam.epsilon.addingProduct(v.squareRoot(), adam.correction2)
      let w = old.addingProduct(-shrinking, old)
      weights[i] = w.addingProduct(-step, quotient(m, denominator))
    }
  }

  /// `lion_update`.
  func lion(
    _ range: Range<Int>, _ gradients: UnsafePointer<Float>, _ numbers: UpdateNumbers,
    _ decay: Float, _ share1: Float, _ share2: Float
  ) {
    let shrinking = numbers.rate * decay
    for i in range {
      let old = weights[i]
      let g = gradients[i] * numbers.factor
      let m = moments1[i]
      let direction = moved(m, to: g, by: share1)
      // The sign of 0 is 0, of NaN it is NaN.
      let u = direction.magnitude > 0 ? Float(signOf: direction, magnitudeOf: 1) : direction
      moments1[i] = moved(m, to: g, by: share2)
      weights[i] = old.addingProduct(-shrinking, old).addingProduct(-numbers.rate, u)
    }
  }

  /// `statistic_update`.
  func statistic(
    _ range: Range<Int>, _ gradients: UnsafePointer<Float>, keep: Float, share: Float
  ) {
    for i in range { weights[i] = (gradients[i] * share).addingProduct(keep, weights[i]) }
  }

  /// `average_update`.
  func average(_ share: Float) {
    for i in averages.indices { averages[i] = moved(averages[i], to: weights[i], by: share) }
  }
}

/// The numbers that only Adam and AdamW have.
struct AdamNumbers {
  let share1: Float, share2: Float
  let epsilon: Float
  let correction1: Float, correction2: Float
  let isDecoupled: Bool
}

/// m + share * (x - m).
@inline(__always)
private func moved(_ m: Float, to x: Float, by share: Float) -> Float {
  m.addingProduct(share, x - m)
}

/// The bits of `divide16` (roots.h): correctly rounded, but twice below the normal range; a NaN is the kernel's.
@inline(__always)
private func quotient(_ a: Float, _ b: Float) -> Float {
  let once = a / b
  // What is below the normal range, and 0, are rare; so is NaN, which this comparison does not let pass either.
  if once.magnitude >= .leastNormalMagnitude { return once }
  return rareQuotient(a, b, once)
}

private func rareQuotient(_ a: Float, _ b: Float, _ once: Float) -> Float {
  if once.isNaN { return .nan }
  guard a != 0, b.isFinite else { return once }
  let significand = a.significand / b.significand
  // In two steps, so that only the last one leaves the normal range.
  let power = min(max(Int(a.exponent) - Int(b.exponent), -200), 200)
  let part = power >> 1
  let magnitude =
    (significand * Float(sign: .plus, exponent: part, significand: 1))
    * Float(sign: .plus, exponent: power - part, significand: 1)
  return Float(signOf: once, magnitudeOf: magnitude)
}
