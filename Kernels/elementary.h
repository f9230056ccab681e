#pragma once
// Elementary functions built from fma polynomials: the same bits on every device.
//
// Largest error in units in the last place, over all floats against float64 (benchmarks/ulp.py):
//   exponential 0.992 at -0x1.777e8p+2, logarithm and logarithm16 0.827 at 0x1.69e472p+0,
//   hyperbolic_tangent 1.331 at 0x1.41b1cap-1, error_function 1.088 at 0x1.df4312p-1,
//   sigmoid 0.901 at -0x1.593edep+6, softplus 1.314 at 0x1.29336ap-2,
//   normal_tail 5.6 at 0x1.77d2p-7 and its density 1.95, both for |x| <= 13 (beyond, they become denormal).
// Right at +-0, infinity and NaN (which stays NaN) unless stated.

#include "roots.h"

// exp(x) = 2^n * exp(r), n = rint(x / ln 2), |r| <= ln 2 / 2; exp(r) = 1 + r + r^2 * polynomial(r).
// Zero below -104, infinity above 88.73; NaN stays NaN.
static inline float16 exponential(float16 x) {
  const float16 bounded = clamp(x, -104.0f, 89.0f);
  const float16 n = fma(bounded, (float16)(0x1.715476p+0f), (float16)(0x1.8p23f)) - 0x1.8p23f;
  float16 r = fma(n, (float16)(-0x1.62e4p-1f), bounded);
  r = fma(n, (float16)(-0x1.7f7d1cp-20f), r);
  float16 p = (float16)(0x1.a1256cp-13f);
  p = fma(p, r, (float16)(0x1.6d43bp-10f));
  p = fma(p, r, (float16)(0x1.1110ep-7f));
  p = fma(p, r, (float16)(0x1.5554e8p-5f));
  p = fma(p, r, (float16)(0x1.555556p-3f));
  p = fma(p, r, (float16)(0.5f));
  p = fma(p * r, r, r) + 1.0f;
  // 2^n in two steps, so that neither factor leaves the normal range.
  const int16 power = convert_int16(n);
  const int16 part = power >> 1;
  const float16 scaled = (p * as_float16((part + 127) << 23)) * as_float16((power - part + 127) << 23);
  return select(scaled, x, x != x);
}

// exponential(x) and, in *low, what it lacks of exp(x), but for about 0.4 units in the last place: the parts
// that rounding r and the last sum lose. For x in [-105, 60]; NaN may become any number.
static inline float16 exponential_pair(float16 x, float16* low) {
  const float16 n = fma(x, (float16)(0x1.715476p+0f), (float16)(0x1.8p23f)) - 0x1.8p23f;
  const float16 high = fma(n, (float16)(-0x1.62e4p-1f), x);
  const float16 r = fma(n, (float16)(-0x1.7f7d1cp-20f), high);
  const float16 rest = fma(n, (float16)(-0x1.7f7d1cp-20f), high - r);
  float16 p = (float16)(0x1.a1256cp-13f);
  p = fma(p, r, (float16)(0x1.6d43bp-10f));
  p = fma(p, r, (float16)(0x1.1110ep-7f));
  p = fma(p, r, (float16)(0x1.5554e8p-5f));
  p = fma(p, r, (float16)(0x1.555556p-3f));
  p = fma(p, r, (float16)(0.5f));
  p = fma(p * r, r, r);
  const float16 sum = p + 1.0f;
  const float16 lost = fma(rest, sum, p - (sum - 1.0f));
  const int16 power = convert_int16(n);
  const int16 part = power >> 1;
  const float16 first = as_float16((part + 127) << 23);
  const float16 second = as_float16((power - part + 127) << 23);
  *low = (lost * first) * second;
  return (sum * first) * second;
}

// log(x) = e ln 2 + log(m), x = 2^e m, m in [sqrt(1/2), sqrt(2)); log(1 + f) = f - f^2 / 2 + f^3 * polynomial(f).
// For finite x > 0; x = 0 gives -infinity, x < 0 and NaN give NaN.
static inline float logarithm(float x) {
  if (!(x > 0.0f)) return x == 0.0f ? -INFINITY : NAN;
  if (x == INFINITY) return x;
  int e = 0;
  if (x < 0x1p-126f) {
    x *= 0x1p25f;
    e = -25;
  }
  // The exponent of x / sqrt(1/2), so that m is centred on 1.
  const int shifted = as_int(x) - 0x3f3504f3;
  e += shifted >> 23;
  const float m = as_float((shifted & 0x7fffff) + 0x3f3504f3);
  const float f = m - 1.0f;
  float p = 0x1.1d8ea6p-4f;
  p = fma(p, f, -0x1.d635bcp-4f);
  p = fma(p, f, 0x1.dea282p-4f);
  p = fma(p, f, -0x1.fcf4c6p-4f);
  p = fma(p, f, 0x1.23d21ap-3f);
  p = fma(p, f, -0x1.555b4ap-3f);
  p = fma(p, f, 0x1.999d5ap-3f);
  p = fma(p, f, -0x1.fffffcp-3f);
  p = fma(p, f, 0x1.555554p-2f);
  const float k = (float)e;
  const float square = f * f;
  const float tail = fma(square * f, p, k * 0x1.7f7d1cp-20f);
  return fma(k, 0x1.62e4p-1f, f + fma(-0.5f, square, tail));
}

// log(2^e x) + more for normal x > 0 and a small `more`, in the steps of logarithm.
static inline float16 logarithm_sum(float16 x, int16 e, float16 more) {
  const int16 shifted = as_int16(x) - 0x3f3504f3;
  const float16 m = as_float16((shifted & 0x7fffff) + 0x3f3504f3);
  const float16 f = m - 1.0f;
  float16 p = (float16)(0x1.1d8ea6p-4f);
  p = fma(p, f, (float16)(-0x1.d635bcp-4f));
  p = fma(p, f, (float16)(0x1.dea282p-4f));
  p = fma(p, f, (float16)(-0x1.fcf4c6p-4f));
  p = fma(p, f, (float16)(0x1.23d21ap-3f));
  p = fma(p, f, (float16)(-0x1.555b4ap-3f));
  p = fma(p, f, (float16)(0x1.999d5ap-3f));
  p = fma(p, f, (float16)(-0x1.fffffcp-3f));
  p = fma(p, f, (float16)(0x1.555554p-2f));
  const float16 k = convert_float16(e + (shifted >> 23));
  const float16 square = f * f;
  const float16 tail = fma(square * f, p, k * 0x1.7f7d1cp-20f);
  return fma(k, (float16)(0x1.62e4p-1f), f + (fma((float16)(-0.5f), square, tail) + more));
}

// The bits of logarithm, 16 at once.
static inline float16 logarithm16(float16 x) {
  const int16 small = x < 0x1p-126f;
  const float16 y = logarithm_sum(select(x, x * 0x1p25f, small), small & -25, (float16)(0.0f));
  const float16 special = select((float16)(NAN), (float16)(-INFINITY), x == 0.0f);
  return select(select(special, x, x == INFINITY), y, (x > 0.0f) & (x < INFINITY));
}

// |y| with the sign of x; NaN where x is.
static inline float16 with_sign(float16 y, float16 x) {
  const float16 signed_y = as_float16(as_int16(y) | (as_int16(x) & (int)0x80000000));
  return select(signed_y, x, x != x);
}

// tanh(x): t + t^3 * polynomial(t^2) of t = |x| up to 5/8, then 1 - 2 / (1 + exp(2 t)).
static inline float16 hyperbolic_tangent(float16 x) {
  const float16 t = min(fabs(x), 10.0f);
  const float16 square = t * t;
  float16 p = (float16)(-0x1.753152p-8f);
  p = fma(p, square, (float16)(0x1.51ffcep-6f));
  p = fma(p, square, (float16)(-0x1.b8367cp-5f));
  p = fma(p, square, (float16)(0x1.1106fap-3f));
  p = fma(p, square, (float16)(-0x1.555532p-2f));
  const float16 near = fma(t * square, p, t);
  float16 low;
  const float16 e = exponential_pair(2.0f * t, &low);
  const float16 far = fma((float16)(-2.0f), inverse(e + 1.0f), (float16)(1.0f));
  return with_sign(select(near, far, t > 0.625f), x);
}

// erf(x): t + t * polynomial(t^2) of t = |x| up to 0.9277, then 1 - exp(t * polynomial(t)); 1 from 3.92 on.
static inline float16 error_function(float16 x) {
  const float16 t = min(fabs(x), 4.0f);
  const float16 square = t * t;
  float16 p = (float16)(0x1.4f58bcp-14f);
  p = fma(p, square, (float16)(-0x1.a6072ap-11f));
  p = fma(p, square, (float16)(0x1.5449e8p-8f));
  p = fma(p, square, (float16)(-0x1.b80118p-6f));
  p = fma(p, square, (float16)(0x1.ce2d64p-4f));
  p = fma(p, square, (float16)(-0x1.812740p-2f));
  p = fma(p, square, (float16)(0x1.06eba8p-3f));
  const float16 near = fma(t, p, t);
  float16 q = (float16)(-0x1.82b744p-17f);
  q = fma(q, t, (float16)(0x1.55937ep-12f));
  q = fma(q, t, (float16)(-0x1.df0012p-9f));
  q = fma(q, t, (float16)(0x1.85bc44p-6f));
  q = fma(q, t, (float16)(-0x1.b34490p-4f));
  q = fma(q, t, (float16)(-0x1.453032p-1f));
  q = fma(q, t, (float16)(-0x1.20ef66p+0f));
  float16 low;
  const float16 e = exponential_pair(q * t, &low);
  const float16 far = (1.0f - e) - low;
  return with_sign(select(near, far, t > 0.9277f), x);
}

// exp(-|x|) = e + low, and 1 + exp(-|x|) = one + rest, as far as pairs of floats go.
static inline float16 exponential_plus_one(float16 x, float16* low, float16* one, float16* rest) {
  const float16 e = exponential_pair(max(-fabs(x), -104.0f), low);
  *one = e + 1.0f;
  *rest = (e - (*one - 1.0f)) + *low;
  return e;
}

// 1 / (1 + exp(-x)), as 1 / (1 + e) or e / (1 + e) with e = exp(-|x|): a quotient with its residual.
static inline float16 sigmoid(float16 x) {
  float16 low;
  float16 one;
  float16 rest;
  const float16 e = exponential_plus_one(x, &low, &one, &rest);
  const int16 negative = x < 0.0f;
  const float16 above = select((float16)(1.0f), e, negative);
  const float16 above_low = select((float16)(0.0f), low, negative);
  const float16 y = inverse(one);
  const float16 q = above * y;
  const float16 residual = fma(-q, rest, fma(-q, one, above)) + above_low;
  return select(fma(residual, y, q), x, x != x);
}

// log(1 + exp(x)) = max(x, 0) + log(1 + e), e = exp(-|x|): log of the rounded sum, and what rounding lost.
static inline float16 softplus(float16 x) {
  float16 low;
  float16 one;
  float16 rest;
  exponential_plus_one(x, &low, &one, &rest);
  const float16 y = max(x, 0.0f) + logarithm_sum(one, (int16)(0), rest * inverse(one));
  return select(y, x, x != x);
}

// Phi(-|x|), the lower tail of the normal distribution, and its density at x:
// exp(-x^2 / 2) (with the rounding error of x^2) times a polynomial of (|x| - 4) / (|x| + 4) over |x| + 4.
static inline float16 normal_tail(float16 x, float16* density) {
  const float16 t = min(fabs(x), 14.4f);
  const float16 square = t * t;
  float16 low;
  const float16 e = exponential_pair(-0.5f * square, &low);
  low = fma(e, -0.5f * fma(t, t, -square), low);
  *density = (e + low) * 0x1.988454p-2f;
  const float16 y = inverse(t + 4.0f);
  const float16 u = (t - 4.0f) * y;
  float16 p = (float16)(-0x1.df8c22p-14f);
  p = fma(p, u, (float16)(0x1.c072c0p-13f));
  p = fma(p, u, (float16)(0x1.9c1a56p-10f));
  p = fma(p, u, (float16)(-0x1.cfbb42p-9f));
  p = fma(p, u, (float16)(-0x1.ed904ap-8f));
  p = fma(p, u, (float16)(0x1.eee1b0p-5f));
  p = fma(p, u, (float16)(-0x1.7dff66p-3f));
  p = fma(p, u, (float16)(0x1.8c6d76p-2f));
  p = fma(p, u, (float16)(-0x1.373e3ap-1f));
  p = fma(p, u, (float16)(0x1.82b4bcp-1f));
  const float16 ratio = p * y;
  return fma(e, ratio, low * ratio);
}
