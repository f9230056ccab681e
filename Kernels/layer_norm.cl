// lint: -DRMS=0 -DTAIL_ADDS=1 -DTAIL_SAVES=1 -DTAIL_LAST=1 -DGRADIENT_ADDS=1
// lint: -DRMS=1
// Layer normalisation, or with RMS=1 root-mean-square normalisation (no mean, no beta). N examples of `rows` rows
// of D values. moments holds mean (0 with RMS) and inverse deviation of each row. Sums over a row have 16 striped
// lanes, then the tree of sum_of_lanes.

#ifndef RMS
#define RMS 0
#endif
#define TILE_ROWS 1
#define TILE_VECTORS 1
#include "tile.h"
#include "exact.h"
#include "statistics.h"
#include "tail.h"

// Rows of one work-item: their deviations fill one vector. No part of the contract.
#define BLOCK 16

#if RMS
#define BETA_PARAMETER
#else
#define BETA_PARAMETER global const float* restrict beta, /* [D] */
// The mean of a row.
static inline float row_mean(global const float* row, int D, float share) {
  float16 sum = (float16)(0.0f);
  for (int d = 0; d < D; d += COLUMNS) sum += load_columns(row + d, D - d);
  return sum_of_lanes(sum) * share;
}
#endif

// The sum of the squared distances of a row from `mean`.
static inline float row_squares(global const float* row, int D, float mean) {
  float16 sum = (float16)(0.0f);
  for (int d = 0; d < D; d += COLUMNS) {
    const float16 a = keep_columns(load_columns(row + d, D - d) - mean, D - d);
    sum = fma(a, a, sum);
  }
  return sum_of_lanes(sum);
}

// y[n, r, d] = (x - mean) * inverse * gamma[d] + beta[d], where inverse = 1 / sqrt(sum of (x - mean)^2 / D + epsilon).
// One work-item per BLOCK rows.
#if defined(BUILD_ALL) || defined(BUILD_layer_norm_forward)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void layer_norm_forward(
    global float* restrict y,            // [N, rows, D]
    global float* restrict moments,      // [N, rows, 2]
    global const float* restrict x,      // [N, rows, D]
    global const float* restrict gamma,  // [D]
    BETA_PARAMETER                       // not with RMS
    int N, int rows, int D, float epsilon TAIL_PARAMETERS) {
  const int first = (int)get_global_id(0) * BLOCK;
  const int block = min(N * rows - first, BLOCK);
  if (block <= 0) return;
  const float share = divide(1.0f, (float)D);
  union { float16 vector; float elements[BLOCK]; } mean, inverse;
  mean.vector = inverse.vector = (float16)(0.0f);
  for (int r = 0; r < block; ++r) {
    global const float* row = x + AT(first + r, D);
#if !RMS
    mean.elements[r] = row_mean(row, D, share);
#endif
    inverse.elements[r] = row_squares(row, D, mean.elements[r]);
  }
  inverse.vector = inverse_deviation(inverse.vector * share, epsilon);
  for (int r = 0; r < block; ++r) {
    const float centre = mean.elements[r];
    const float factor = inverse.elements[r];
    moments[AT(first + r, 2)] = centre;
    moments[AT(first + r, 2) + 1] = factor;
    for (int d = 0; d < D; d += COLUMNS) {
      const size_t at = AT(first + r, D) + (size_t)d;
      const int count = D - d;
      float16 value = (load_columns(x + at, count) - centre) * factor;
#if RMS
      value *= load_columns(gamma + d, count);
#else
      value = fma(value, load_columns(gamma + d, count), load_columns(beta + d, count));
#endif
      TAIL(value, at, count)
      store_columns(value, y + at, count);
    }
  }
}
#endif

// dx[n, r, d] = inverse * (g - sum of g / D - (x - mean) * inverse^2 * sum of g * (x - mean) / D), g = dy * gamma;
// without the mean's term with RMS. One work-item per BLOCK rows.
#if defined(BUILD_ALL) || defined(BUILD_layer_norm_backward_input)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void layer_norm_backward_input(
    global float* restrict dx,             // [N, rows, D]
    global const float* restrict dy,       // [N, rows, D]
    global const float* restrict x,        // [N, rows, D]
    global const float* restrict moments,  // [N, rows, 2]
    global const float* restrict gamma,    // [D]
    int N, int rows, int D GRADIENT_PARAMETERS) {
  const int first = (int)get_global_id(0) * BLOCK;
  const int end = min(N * rows, first + BLOCK);
  if (first >= end) return;
  const float share = divide(1.0f, (float)D);
  for (int row = first; row < end; ++row) {
    const float mean = moments[AT(row, 2)];
    const float inverse = moments[AT(row, 2) + 1];
    float16 sums = (float16)(0.0f);
    float16 products = (float16)(0.0f);
    for (int d = 0; d < D; d += COLUMNS) {
      const size_t at = AT(row, D) + (size_t)d;
      // Zero behind the row; so is the product.
      const float16 g = load_columns(dy + at, D - d) * load_columns(gamma + d, D - d);
      sums += g;
      products = fma(g, keep_columns(load_columns(x + at, D - d) - mean, D - d), products);
    }
    const float sum = RMS ? 0.0f : sum_of_lanes(sums) * share;
    const float product = -(sum_of_lanes(products) * share * inverse * inverse);
    for (int d = 0; d < D; d += COLUMNS) {
      const size_t at = AT(row, D) + (size_t)d;
      const int count = D - d;
      const float16 g = load_columns(dy + at, count) * load_columns(gamma + d, count);
      float16 value = fma(load_columns(x + at, count) - mean, (float16)(product), g - sum) * inverse;
      GRADIENT(value, at, count)
      store_columns(value, dx + at, count);
    }
  }
}
#endif

// sums[d] += sum over the grain's rows of dy * (x - mean) * inverse, rounded to integers per grain. The rows of a
// grain ascend in chunks of CHUNK. One work-item per 16 columns.
#if defined(BUILD_ALL) || defined(BUILD_layer_norm_backward_scale)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void layer_norm_backward_scale(
    global long* restrict sums,            // [D]
    volatile global int* magnitude,        // [1]
    global const float* restrict dy,       // [N, rows, D]
    global const float* restrict x,        // [N, rows, D]
    global const float* restrict moments,  // [N, rows, 2]
    int N, int grain, int rows, int D, float scale, int limit, int accumulate) {
  const int column = (int)get_global_id(0) * COLUMNS;
  if (column >= D) return;
  const int count = D - column;
  EXACT_TILE_BEGIN
  for (int n = 0; n < N; n += grain) {
    const int end = min(n + grain, N) * rows;
    float16 total[1][1] = {{(float16)(0.0f)}};
    for (int chunk = n * rows; chunk < end; chunk += CHUNK) {
      float16 acc = (float16)(0.0f);
      for (int row = chunk; row < min(chunk + CHUNK, end); ++row) {
        const size_t at = AT(row, D) + (size_t)column;
        const float16 a = (load_columns(x + at, count) - moments[AT(row, 2)]) * moments[AT(row, 2) + 1];
        acc = fma(load_columns(dy + at, count), a, acc);
      }
      total[0][0] += acc;
    }
    EXACT_TILE_ADD(total, scale)
  }
  EXACT_TILE_END(sums, 0, 1, column, D, magnitude, limit, accumulate)
}
#endif
