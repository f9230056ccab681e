#pragma once
// Reductions over a row of C floats, in 16 striped lanes and then a fixed tree. After elementary.h.

#define LANES ((int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15))

// v in the lanes of the first `count` columns, `other` behind them.
static inline float16 only_columns(float16 v, float other, int count) {
  return select((float16)(other), v, LANES < (int16)(count));
}

static inline float sum_lanes(float16 v) {
  const float8 a = v.lo + v.hi;
  const float4 b = a.lo + a.hi;
  const float2 c = b.lo + b.hi;
  return c.x + c.y;
}

// The larger one; a NaN counts as larger, so that it is seen.
#define LARGER(a, b) select(a, b, (b > a) | (b != b))

static inline float top_of_lanes(float16 lanes) {
  const float8 a = LARGER(lanes.lo, lanes.hi);
  const float4 b = LARGER(a.lo, a.hi);
  const float2 d = LARGER(b.lo, b.hi);
  return d.y > d.x || d.y != d.y ? d.y : d.x;
}

static inline float row_top(global const float* row, int C) {
  float16 lanes = (float16)(-INFINITY);
  for (int c = 0; c < C; c += COLUMNS) {
    const float16 v = only_columns(load_columns(row + c, C - c), -INFINITY, C - c);
    lanes = LARGER(lanes, v);
  }
  return top_of_lanes(lanes);
}

// exp(row - top) of the 16 columns from c on, zero behind the last one.
static inline float16 row_weights(global const float* row, int c, int C, float top) {
  return only_columns(exponential(load_columns(row + c, C - c) - top), 0.0f, C - c);
}

static inline float row_sum_of_weights(global const float* row, int C, float top) {
  float16 lanes = (float16)(0.0f);
  for (int c = 0; c < C; c += COLUMNS) lanes += row_weights(row, c, C, top);
  return sum_lanes(lanes);
}
