// Elementary functions built from fma polynomials: the same bits on every device.
//
// Largest error over all floats, in units in the last place: exponential 0.992 (at -0x1.777e8p+2), logarithm
// 0.827 (at 0x1.69e472p+0); Tests/ExecutionTests/ElementaryTests.swift holds them. divide is correctly rounded.

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

// a / b, correctly rounded on every device, for quotients in the normal range: of the floats beside the
// device's own quotient, the one whose residual (exact by fma) is smallest; no tie is possible.
static inline float divide(float a, float b) {
  const float near = a / b;
  float best = near;
  float residual = fabs(fma(-near, b, a));
  for (int step = -3; step <= 3; ++step) {
    const float candidate = as_float(as_int(near) + step);
    const float error = fabs(fma(-candidate, b, a));
    if (error < residual) {
      best = candidate;
      residual = error;
    }
  }
  return best;
}
