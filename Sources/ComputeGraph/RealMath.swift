/// Elementary functions in double precision that give the same bits on every machine.
///
/// Built from + - * / and fma, which IEEE 754 defines to the last bit, and series whose coefficients can be read
/// off. A C library's `sin` or `log` differs between versions; a learning rate and an initial weight must not.
/// Relative errors are below 4e-16 but where a function says so.
public enum RealMath {
  /// The sine of `x`, an angle of at most 2^20 in magnitude.
  ///
  /// Next to multiples of π the error is relative to the distance from the multiple: at most 1e-15 within 2π.
  public static func sine(_ x: Double) -> Double { circular(x, quarterTurns: 0) }

  /// The cosine of `x`, an angle of at most 2^20 in magnitude.
  public static func cosine(_ x: Double) -> Double { circular(x, quarterTurns: 1) }

  /// The natural logarithm of `x`; minus infinity for 0, NaN below.
  public static func logarithm(_ x: Double) -> Double {
    guard x > 0, x.isFinite else { return x == 0 ? -.infinity : x > 0 ? x : .nan }
    // x = 2^e m with m in [√½, √2), so that 1 stands in the middle and log 1 is 0.
    var m = x.significand
    var e = x.exponent
    if m > 0x1.6a09e667f3bcdp0 {
      m *= 0.5
      e += 1
    }
    // log(1 + f) = f - (f²/2 - s (f²/2 + R)), s = f / (2 + f), R = 2 s²/3 + 2 s⁴/5 + ...: the series of
    // 2 artanh(s), arranged so that the first term is exact. 0.1716²² / 23 is below 1e-17.
    let f = m - 1
    let s = f / (2 + f)
    let half = 0.5 * f * f
    let square = s * s
    var series = 2.0 / 23
    for divisor in stride(from: 21.0, through: 3, by: -2) { series = series * square + 2 / divisor }
    let k = Double(e)
    let tail = s * (half + series * square) + k * ln2Low
    return k * ln2High - ((half - tail) - f)
  }

  /// e to the power `x`; 0 below -746, infinity above 709.8. Subnormal results are rounded twice.
  public static func exponential(_ x: Double) -> Double {
    guard x == x else { return x }
    guard x < 710 else { return .infinity }
    guard x > -746 else { return 0 }
    // e^x = 2^n e^r with |r| <= ln 2 / 2; the rest of r that a double cannot hold is added to its series.
    let n = (x * 0x1.71547652b82fep0).rounded(.toNearestOrEven)
    let high = x.addingProduct(-n, ln2High)
    let r = high - n * ln2Low
    let rest = (high - r) - n * ln2Low
    // 1 + r + r² (1/2 + r/6 + ...); 0.347¹⁴ / 14! is below 5e-18.
    var series = inverseFactorials[13]
    for term in stride(from: 12, through: 2, by: -1) {
      series = series * r + inverseFactorials[term]
    }
    let power = 1 + (r + (rest + r * r * series))
    // 2^n in two factors, so that neither leaves the normal range.
    let part = Int(n) / 2
    return power * powerOfTwo(part) * powerOfTwo(Int(n) - part)
  }

  /// `base` to the power `exponent`, by repeated squaring in pairs of doubles.
  ///
  /// The result is as good as rounded once for powers up to 2^40. `power(x, 0)` is 1.
  public static func power(_ base: Double, _ exponent: Int) -> Double {
    var square = Pair(high: base, low: 0)
    var result = Pair(high: 1, low: 0)
    var rest = exponent.magnitude
    while rest > 0 {
      if rest & 1 == 1 { result = result * square }
      rest >>= 1
      if rest > 0 { square = square * square }
    }
    return exponent < 0 ? 1 / result.high : result.high
  }

  /// The double nearest to π.
  public static let pi = 0x1.921fb54442d18p1
}

extension RealMath {
  /// ln 2 as the sum of 33 bits, a multiple of which by an exponent is exact, and a rest.
  private static let ln2High = 0x1.62e42feep-1
  private static let ln2Low = 0x1.a39ef35793c76p-33

  /// 1 / n!; the factorials themselves are exact.
  private static let inverseFactorials: [Double] = {
    var factorial = 1.0
    return (0...18).map { n in
      if n > 1 { factorial *= Double(n) }
      return 1 / factorial
    }
  }()

  /// sin(x + quarterTurns π/2) for |x| <= 2^20.
  private static func circular(_ x: Double, quarterTurns: Int) -> Double {
    guard x.magnitude <= 0x1p20 else {
      precondition(!x.isFinite, "angles go to 2^20 in magnitude")
      return .nan
    }
    // x = n π/2 + r + rest, |r| <= π/4. π/2 is the sum of three parts, each but the last of 33 bits, so that
    // products with n are exact: the subtraction loses nothing even next to a multiple of π/2.
    let n = (x * 0x1.45f306dc9c883p-1).rounded(.toNearestOrEven)
    let (first, firstError) = difference(x - n * halfPi1, n * halfPi2)
    let (r, secondError) = difference(first, n * halfPi3)
    let rest = firstError + secondError
    switch (Int(n) + quarterTurns) & 3 {
    case 0: return sineSeries(r, rest)
    case 1: return cosineSeries(r, rest)
    case 2: return -sineSeries(r, rest)
    default: return -cosineSeries(r, rest)
    }
  }

  private static let halfPi1 = 0x1.921fb544p0
  private static let halfPi2 = 0x1.0b4611a6p-34
  private static let halfPi3 = 0x1.3198a2e037073p-69

  /// a - b as a rounded difference and its exact error (Knuth).
  private static func difference(_ a: Double, _ b: Double) -> (Double, Double) {
    let sum = a - b
    let part = sum - a
    return (sum, (a - (sum - part)) - (b + part))
  }

  /// sin(r + rest) = r - r³/3! + r⁵/5! - ...; 0.7854¹⁹ / 19! is below 1e-19.
  private static func sineSeries(_ r: Double, _ rest: Double) -> Double {
    let square = r * r
    var series = inverseFactorials[17]
    for term in stride(from: 15, through: 3, by: -2) {
      series = inverseFactorials[term] - series * square
    }
    return r + (rest - r * square * series)
  }

  /// cos(r + rest) = 1 - r²/2 + r⁴/4! - ... - r rest; 0.7854²⁰ / 20! is below 1e-20.
  private static func cosineSeries(_ r: Double, _ rest: Double) -> Double {
    let square = r * r
    var series = inverseFactorials[18]
    for term in stride(from: 16, through: 4, by: -2) {
      series = inverseFactorials[term] - series * square
    }
    // 1 - square / 2 rounds; what it loses is added to the small terms.
    let half = 0.5 * square
    let most = 1 - half
    return most + (((1 - most) - half) + (square * square * series - r * rest))
  }

  /// 2^exponent for exponents of normal numbers.
  private static func powerOfTwo(_ exponent: Int) -> Double {
    Double(sign: .plus, exponent: exponent, significand: 1)
  }

  /// A number as the sum of a double and what is beyond its last bit.
  private struct Pair {
    var high: Double
    var low: Double

    static func * (a: Pair, b: Pair) -> Pair {
      let product = a.high * b.high
      guard product.isFinite, product != 0 else { return Pair(high: product, low: 0) }
      let error = (-product).addingProduct(a.high, b.high) + (a.high * b.low + a.low * b.high)
      let sum = product + error
      return Pair(high: sum, low: error - (sum - product))
    }
  }
}
