#pragma once
// Division and square roots out of fma alone: the same bits on every device, whatever its own / and sqrt do.
//
// divide, divide16: correctly rounded for quotients in the normal range (divide16 against the processor's own
// division on 2^31 random pairs of bits, 2^31 of significands, all of the 2^12 significands nearest 1 and 2: no difference).
// Outside, divide16 is right at 0, infinity, NaN and overflow and rounds small quotients twice; divide is as the
// device is, but for a quotient that overflows it gives the largest float.
// square_root, square_root16: correctly rounded for all floats. reciprocal_square_root, reciprocal_square_root16:
// 0.5001 units in the last place for all floats; inverse as good in its range. Measured by benchmarks/ulp.py.

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

// 1 / x for x in [1, 2^125], not correctly rounded: a linear guess from the bits of x (12 % off), one cubic
// step and two of Newton.
static inline float16 inverse(float16 x) {
  float16 y = as_float16(0x7ef311c7 - as_int16(x));
  float16 e = fma(-x, y, (float16)(1.0f));
  y = fma(y, fma(e, e, e), y);
  y = fma(y, fma(-x, y, (float16)(1.0f)), y);
  return fma(y, fma(-x, y, (float16)(1.0f)), y);
}

// |x| = significand * 2^exponent, significand in [1, 2), for finite x other than 0.
static inline float16 significand(float16 x, int16* exponent) {
  const int16 magnitude = as_int16(x) & 0x7fffffff;
  const int16 small = magnitude < 0x00800000;
  const int16 bits = select(magnitude, as_int16(as_float16(magnitude) * 0x1p24f), small);
  *exponent = (bits >> 23) - 127 - (small & 24);
  return as_float16((bits & 0x7fffff) | 0x3f800000);
}

// The bits of divide, 16 at once. The quotient q of the significands is 1/2 + 2^-20 units in the last place off
// at most, so the right one is q or its neighbour on the residual's side; the smaller residual tells.
// A quotient below the normal range is rounded twice.
static inline float16 divide16(float16 a, float16 b) {
  int16 ea;
  int16 eb;
  const float16 m = significand(a, &ea);
  const float16 d = significand(b, &eb);
  const float16 y = inverse(d);
  float16 q = m * y;
  q = fma(fma(-q, d, m), y, q);
  const float16 residual = fma(-q, d, m);
  const float16 neighbour = as_float16(as_int16(q) + select((int16)(1), (int16)(-1), residual < 0.0f));
  const float16 other = fma(-neighbour, d, m);
  q = select(q, neighbour, fabs(other) < fabs(residual));
  // 2^(ea - eb) in two steps, so that only the last one can leave the normal range.
  // Vectors for bounds: Oclgrind 21.10 misreads scalar ones of an integer clamp.
  const int16 power = clamp(ea - eb, (int16)(-200), (int16)(200));
  const int16 part = power >> 1;
  q = (q * as_float16((part + 127) << 23)) * as_float16((power - part + 127) << 23);
  const int16 zero = (a == 0.0f) | (fabs(b) == INFINITY);
  const int16 infinite = (b == 0.0f) | (fabs(a) == INFINITY);
  q = select(select(q, (float16)(INFINITY), infinite), (float16)(0.0f), zero);
  q = as_float16(as_int16(q) | ((as_int16(a) ^ as_int16(b)) & (int)0x80000000));
  return select(q, (float16)(NAN), (a != a) | (b != b) | (zero & infinite));
}

// Square roots, for one float and for 16. x = m * 4^power, m in [1, 4). y = 1 / sqrt(m): a guess from the
// bits of m (3.5 % off) and two cubic steps.
//
// square_root: s = m y with one correction is the right float or one beside it. All of m, s^2 and s 2^-23 are
// multiples of 2^-46, so m lies above the middle (s + 2^-24)^2 just when m - s^2 > s 2^-23, and below the lower
// middle just when m - s^2 <= -s 2^-23. -0 and infinity stay; below 0 it is NaN.
//
// reciprocal_square_root: a last step of Newton with the product m y in two floats. 1 / +-0 is +-infinity.
#define DEFINE_SQUARE_ROOTS(suffix, floats, ints)                                                            \
  static inline floats square_root_parts##suffix(floats x, floats* reduced, ints* power) {                \
    const ints small = as_##ints(x) < 0x00800000;                                                            \
    const ints bits = as_##ints(select(x, x * 0x1p24f, small));                                              \
    const ints even = ((bits >> 23) - 127) & ~1;                                                             \
    const floats m = as_##floats(bits - (even << 23));                                                       \
    floats y = as_##floats(0x5f375a86 - (as_##ints(m) >> 1));                                                \
    for (int step = 0; step < 2; ++step) {                                                                   \
      const floats e = fma(-m * y, y, (floats)(1.0f));                                                       \
      y = fma(y * e, fma(e, (floats)(0.375f), (floats)(0.5f)), y);                                           \
    }                                                                                                        \
    *reduced = m;                                                                                        \
    *power = (even >> 1) - select((ints)(0), (ints)(12), small);                                              \
    return y;                                                                                                \
  }                                                                                                          \
  static inline floats square_root##suffix(floats x) {                                                       \
    floats m;                                                                                                \
    ints power;                                                                                         \
    const floats y = square_root_parts##suffix(x, &m, &power);                                          \
    floats s = m * y;                                                                                        \
    s = fma(fma(-s, s, m), 0.5f * y, s);                                                                     \
    const floats r = fma(-s, s, m);                                                                          \
    const floats up = select(s, s + 0x1p-23f, r > s * 0x1p-23f);                                             \
    const floats root = select(up, s - 0x1p-23f, r <= s * -0x1p-23f);                                        \
    const floats scaled = root * as_##floats((power + 127) << 23);                                      \
    const floats special = select(x, (floats)(NAN), x < 0.0f);                                               \
    return select(special, scaled, (x > 0.0f) & (x < INFINITY));                                             \
  }                                                                                                          \
  static inline floats reciprocal_square_root##suffix(floats x) {                                            \
    floats m;                                                                                                \
    ints power;                                                                                         \
    const floats y = square_root_parts##suffix(x, &m, &power);                                          \
    const floats product = m * y;                                                                            \
    const floats low = fma(m, y, -product);                                                                  \
    const floats e = fma(-low, y, fma(-product, y, (floats)(1.0f)));                                         \
    const floats scaled = fma(0.5f * y, e, y) * as_##floats((127 - power) << 23);                       \
    const floats zero = as_##floats((as_##ints(x) & (int)0x80000000) | 0x7f800000);                          \
    const floats special = select(select(x * 0.0f, (floats)(NAN), x < 0.0f), zero, x == 0.0f);               \
    const floats infinite = select(special, (floats)(0.0f), x == INFINITY);                                  \
    return select(infinite, scaled, (x > 0.0f) & (x < INFINITY));                                            \
  }
DEFINE_SQUARE_ROOTS(, float, int)
DEFINE_SQUARE_ROOTS(16, float16, int16)
