/// The power of two by which a parameter's gradients are multiplied before they are rounded to integers.
///
/// The same on every device: it follows from reduced gradients alone.
public struct GradientScale: Sendable, Hashable {
  /// The scale is 2^exponent; a grain's gradient is rounded to a multiple of 2^-exponent.
  public let exponent: Int

  /// Gradients of a grain must stay below 2^43 / scale: the range of the split into floats (exact.h).
  private static let limitExponent = 43

  /// Bits kept free above the largest element of the last step, so that gradients may grow 1024-fold.
  private static let headroom = 10

  /// What reports every magnitude and fits none: used to find the first scale.
  public static let measuring = GradientScale(exponent: 0, limitBits: 0)

  /// The bits of the smallest magnitude that does not fit.
  let limitBits: Int32

  private init(exponent: Int, limitBits: Int32) {
    self.exponent = exponent
    self.limitBits = limitBits
  }

  /// The scale for gradients whose largest magnitude was `largest`, finite and not negative.
  public init(largest: Float) {
    // exponent + 1 bits hold the integer part of `largest`; zero says nothing, so take 1.
    let magnitude = largest > 0 ? largest.exponent + 1 : 1
    let wanted = Self.limitExponent - Self.headroom - Int(magnitude)
    self.init(exponent: min(max(wanted, Self.exponents.lowerBound), Self.exponents.upperBound))
  }

  /// The exponents that a scale may have: both 2^exponent and 2^(43 - exponent) are normal floats.
  public static let exponents = -80...120

  /// The scale of an exponent that another scale had, such as one in a file.
  public init(exponent: Int) {
    precondition(Self.exponents.contains(exponent), "no exponent of a scale: \(exponent)")
    self.exponent = exponent
    limitBits = Int32(
      bitPattern: Float(sign: .plus, exponent: Self.limitExponent - exponent, significand: 1)
        .bitPattern)
  }

  /// 2^exponent.
  public var factor: Float { Float(sign: .plus, exponent: exponent, significand: 1) }

  /// The gradient that a sum of integers stands for, rounded once to a float.
  @inlinable
  public func gradient(_ sum: Int64) -> Float { Float(sum) * inverse }

  /// 2^-exponent.
  public var inverse: Float { Float(sign: .plus, exponent: -exponent, significand: 1) }
}
