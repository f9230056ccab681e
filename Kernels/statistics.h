#pragma once
// What normalisations share: inverse standard deviations and sums of 16 striped lanes.

#include "elementary.h"

// The correctly rounded 1 / sqrt(variance + epsilon) of the rounded sum and the rounded root: each step is the
// float, of those beside the device's own result, whose residual (by fma) is smallest; there are no ties.
// A residual is about 2^-48 of the radicand: small ones are scaled by an even power of two.
#define DEFINE_INVERSE_DEVIATION(name, real, whole, as_real, as_whole)                                        \
  static inline real name(real variance, float epsilon) {                                                     \
    const real sum = variance + epsilon;                                                                      \
    const whole small = sum < 0x1p-70f;                                                                       \
    const real a = select(sum, sum * 0x1p96f, small);                                                         \
    const real start = sqrt(a);                                                                               \
    real root = start;                                                                                        \
    real residual = fabs(fma(-start, start, a));                                                              \
    for (int step = -3; step <= 3; ++step) {                                                                  \
      const real candidate = as_real(as_whole(start) + step);                                                 \
      const real error = fabs(fma(-candidate, candidate, a));                                                 \
      root = select(root, candidate, error < residual);                                                       \
      residual = select(residual, error, error < residual);                                                   \
    }                                                                                                         \
    root = select(root, root * 0x1p-48f, small);                                                              \
    const real near = 1.0f / root;                                                                            \
    real inverse = near;                                                                                      \
    residual = fabs(fma(-near, root, (real)(1.0f)));                                                          \
    for (int step = -3; step <= 3; ++step) {                                                                  \
      const real candidate = as_real(as_whole(near) + step);                                                  \
      const real error = fabs(fma(-candidate, root, (real)(1.0f)));                                           \
      inverse = select(inverse, candidate, error < residual);                                                 \
      residual = select(residual, error, error < residual);                                                   \
    }                                                                                                         \
    return inverse;                                                                                           \
  }
DEFINE_INVERSE_DEVIATION(inverse_deviation, float16, int16, as_float16, as_int16)
DEFINE_INVERSE_DEVIATION(inverse_deviation1, float, int, as_float, as_int)

// The sum of 16 lanes by a fixed tree.
static inline float sum_of_lanes(float16 lanes) {
  const float8 a = lanes.lo + lanes.hi;
  const float4 b = a.lo + a.hi;
  const float2 c = b.lo + b.hi;
  return c.x + c.y;
}

// v with zeros behind its first `count` lanes.
static inline float16 keep_columns(float16 v, int count) {
  const int16 lane = (int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  return select((float16)(0.0f), v, lane < (int16)(count));
}
