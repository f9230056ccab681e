// lint:
// lint: -DGRADIENT_ADDS=1 -DGRADIENT_ACTIVATION=1
// Softmax and log-softmax over the innermost dimension. N examples of `rows` rows of C columns.
// One work-item per ITEM_ROWS of the N * rows rows. A row of -infinity alone, or with a NaN or infinity, becomes NaN.

#include "tail.h"
#include "row.h"

#define ITEM_ROWS 4
#define FOR_ITEM_ROWS                                                                     \
  const size_t last = min(((size_t)get_global_id(0) + 1) * ITEM_ROWS, AT(N, rows));       \
  for (size_t row = (size_t)get_global_id(0) * ITEM_ROWS; row < last; ++row)

// y[n, r, c] = exp(x[n, r, c] - top) / sum over c of exp(x[n, r, c] - top), top the row's largest.
#if defined(BUILD_ALL) || defined(BUILD_softmax_forward)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void softmax_forward(
    global float* restrict y,        // [N, rows, C]
    global const float* restrict x,  // [N, rows, C]
    int N, int rows, int C) {
  FOR_ITEM_ROWS {
    global const float* from = x + AT(row, C);
    global float* to = y + AT(row, C);
    const float top = row_top(from, C);
    // The weights wait in y for their sum.
    float16 lanes = (float16)(0.0f);
    for (int c = 0; c < C; c += COLUMNS) {
      const float16 e = row_weights(from, c, C, top);
      lanes += e;
      store_columns(e, to + c, C - c);
    }
    const float inverse_sum = divide(1.0f, sum_lanes(lanes));
    for (int c = 0; c < C; c += COLUMNS)
      store_columns(load_columns(to + c, C - c) * inverse_sum, to + c, C - c);
  }
}
#endif

// dx[n, r, c] = GRADIENT(y[n, r, c] * (dy[n, r, c] - sum over c of dy y)).
#if defined(BUILD_ALL) || defined(BUILD_softmax_backward)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void softmax_backward(
    global float* restrict dx,        // [N, rows, C]
    global const float* restrict dy,  // [N, rows, C]
    global const float* restrict y,   // [N, rows, C]
    int N, int rows, int C GRADIENT_PARAMETERS) {
  FOR_ITEM_ROWS {
    const size_t first = AT(row, C);
    float16 lanes = (float16)(0.0f);
    for (int c = 0; c < C; c += COLUMNS)
      lanes = fma(load_columns(dy + first + c, C - c), load_columns(y + first + c, C - c), lanes);
    const float sum = sum_lanes(lanes);
    for (int c = 0; c < C; c += COLUMNS) {
      const size_t at = first + (size_t)c;
      float16 v = load_columns(y + at, C - c) * (load_columns(dy + at, C - c) - sum);
      GRADIENT(v, at, C - c)
      store_columns(v, dx + at, C - c);
    }
  }
}
#endif

// y[n, r, c] = (x[n, r, c] - top) - log(sum over c of exp(x[n, r, c] - top)).
#if defined(BUILD_ALL) || defined(BUILD_log_softmax_forward)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void log_softmax_forward(
    global float* restrict y,        // [N, rows, C]
    global const float* restrict x,  // [N, rows, C]
    int N, int rows, int C) {
  FOR_ITEM_ROWS {
    global const float* from = x + AT(row, C);
    const float top = row_top(from, C);
    const float log_sum = logarithm(row_sum_of_weights(from, C, top));
    for (int c = 0; c < C; c += COLUMNS)
      store_columns((load_columns(from + c, C - c) - top) - log_sum, y + AT(row, C) + c, C - c);
  }
}
#endif

// dx[n, r, c] = GRADIENT(dy[n, r, c] - exp(y[n, r, c]) * sum over c of dy).
#if defined(BUILD_ALL) || defined(BUILD_log_softmax_backward)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void log_softmax_backward(
    global float* restrict dx,        // [N, rows, C]
    global const float* restrict dy,  // [N, rows, C]
    global const float* restrict y,   // [N, rows, C]
    int N, int rows, int C GRADIENT_PARAMETERS) {
  FOR_ITEM_ROWS {
    const size_t first = AT(row, C);
    float16 lanes = (float16)(0.0f);
    for (int c = 0; c < C; c += COLUMNS) lanes += load_columns(dy + first + c, C - c);
    const float16 sum = (float16)(sum_lanes(lanes));
    for (int c = 0; c < C; c += COLUMNS) {
      const size_t at = first + (size_t)c;
      float16 v = fma(-exponential(load_columns(y + at, C - c)), sum, load_columns(dy + at, C - c));
      GRADIENT(v, at, C - c)
      store_columns(v, dx + at, C - c);
    }
  }
}
#endif
