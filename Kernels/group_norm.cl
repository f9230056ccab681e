// lint: -DGRADIENT_ADDS=1
// Group normalisation. N examples of P pixels, C channels in G groups of C / G consecutive channels.
//
// The passes over the pixels are those of batch normalisation with a grain of one example: batch_norm_chunks, then
// group_norm_statistics, then batch_norm_forward with grain 1; and backward batch_norm_backward_chunks and
// batch_norm_backward_sums with grain 1, then the kernels here. moments is [N, 3, C]: the group's values are repeated
// for its channels (the unbiased variance is not needed and 0).

#define TILE_ROWS 1
#define TILE_VECTORS 1
#include "tile.h"
#include "exact.h"
#include "statistics.h"
#include "tail.h"

#define CHUNKS(pixels) (((pixels) + CHUNK - 1) / CHUNK)

// Pixels of one work-item where nothing is summed: no part of the contract.
#define PIXELS 64

// moments[n, :, c] = mean, 1 / sqrt(variance + epsilon) of the group of channel c, from its chunks as in
// batch_norm_statistics, distances counted from the first chunk of the first channel; channels ascend, and within a channel its chunks. One work-item per group (dimension 0) and example (1).
#if defined(BUILD_ALL) || defined(BUILD_group_norm_statistics)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void group_norm_statistics(
    global float* restrict moments,         // [N, 3, C]
    global const float* restrict partials,  // [N, chunks, 2, C]
    int N, int P, int C, int G, float epsilon) {
  const int channels = C / G;
  const int c0 = (int)get_global_id(0) * channels;
  const int n = (int)get_global_id(1);
  if (c0 + channels > C || n >= N) return;
  const int chunks = CHUNKS(P);
  global const float* from = partials + AT(AT(n, chunks), 2 * C);
  float sum = 0.0f;
  for (int c = c0; c < c0 + channels; ++c) {
    float part = 0.0f;
    for (int k = 0; k < chunks; ++k) {
      const float pixels = (float)min(CHUNK, P - k * CHUNK);
      part = fma(from[AT(k, 2 * C) + (size_t)c] - from[c0], pixels, part);
    }
    sum += part;
  }
  const float share = divide(1.0f, (float)(P * channels));
  const float mean = fma(sum, share, from[c0]);
  float squares = 0.0f;
  for (int c = c0; c < c0 + channels; ++c) {
    float part = 0.0f;
    for (int k = 0; k < chunks; ++k) {
      const size_t at = AT(k, 2 * C) + (size_t)c;
      const float pixels = (float)min(CHUNK, P - k * CHUNK);
      const float d = from[at] - mean;
      part += fma(d * d, pixels, from[at + (size_t)C]);
    }
    squares += part;
  }
  const float inverse = inverse_deviation((float16)(squares * share), epsilon).s0;
  for (int c = c0; c < c0 + channels; ++c) {
    global float* to = moments + AT(n, 3 * C) + c;
    to[0] = mean;
    to[C] = inverse;
    to[2 * C] = 0.0f;
  }
}
#endif

// shares[n, 0, c] = sum over the group's channels of gamma * partials[n, 0], over their number of values;
// shares[n, 1, c] = - inverse * sum of gamma * partials[n, 1], over their number: the same for all channels of a
// group. One work-item per group (dimension 0) and example (1).
#if defined(BUILD_ALL) || defined(BUILD_group_norm_backward_shares)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void group_norm_backward_shares(
    global float* restrict shares,          // [N, 2, C]
    global const float* restrict partials,  // [N, 2, C]
    global const float* restrict moments,   // [N, 3, C]
    global const float* restrict gamma,     // [C]
    int N, int P, int C, int G) {
  const int channels = C / G;
  const int c0 = (int)get_global_id(0) * channels;
  const int n = (int)get_global_id(1);
  if (c0 + channels > C || n >= N) return;
  global const float* from = partials + AT(n, 2 * C);
  float sum = 0.0f;
  float product = 0.0f;
  for (int c = c0; c < c0 + channels; ++c) {
    sum = fma(gamma[c], from[c], sum);
    product = fma(gamma[c], from[C + c], product);
  }
  const float share = divide(1.0f, (float)(P * channels));
  const float inverse = moments[AT(n, 3 * C) + (size_t)(C + c0)];
  for (int c = c0; c < c0 + channels; ++c) {
    shares[AT(n, 2 * C) + (size_t)c] = sum * share;
    shares[AT(n, 2 * C) + (size_t)(C + c)] = -(product * share * inverse);
  }
}
#endif

// dx[n, p, c] = inverse * (dy * gamma - shares[0] + (x - mean) * shares[1]). One work-item per 16 channels
// (dimension 0), PIXELS pixels (1) and example (2).
#if defined(BUILD_ALL) || defined(BUILD_group_norm_backward_input)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void group_norm_backward_input(
    global float* restrict dx,             // [N, P, C]
    global const float* restrict dy,       // [N, P, C]
    global const float* restrict x,        // [N, P, C]
    global const float* restrict moments,  // [N, 3, C]
    global const float* restrict shares,   // [N, 2, C]
    global const float* restrict gamma,    // [C]
    int N, int P, int C GRADIENT_PARAMETERS) {
  const int column = (int)get_global_id(0) * COLUMNS;
  const int first = (int)get_global_id(1) * PIXELS;
  const int n = (int)get_global_id(2);
  if (column >= C || n >= N) return;
  const int count = C - column;
  global const float* of = moments + AT(n, 3 * C) + column;
  global const float* from = shares + AT(n, 2 * C) + column;
  const float16 mean = load_columns(of, count);
  const float16 inverse = load_columns(of + C, count);
  const float16 sum = load_columns(from, count);
  const float16 product = load_columns(from + C, count);
  const float16 weight = load_columns(gamma + column, count);
  for (int p = first; p < min(first + PIXELS, P); ++p) {
    const size_t at = AT(AT(n, P) + (size_t)p, C) + (size_t)column;
    const float16 g = load_columns(dy + at, count) * weight;
    float16 value = fma(load_columns(x + at, count) - mean, product, g - sum) * inverse;
    GRADIENT(value, at, count)
    store_columns(value, dx + at, count);
  }
}
#endif

// sums[c] += sum over the grain's examples, ascending, of partials[n, part, c], rounded to integers per grain:
// gamma's gradient with part 1, beta's with part 0. One work-item per 16 channels.
#if defined(BUILD_ALL) || defined(BUILD_group_norm_backward_scale)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void group_norm_backward_scale(
    global long* restrict sums,             // [C]
    volatile global int* magnitude,         // [1]
    global const float* restrict partials,  // [N, 2, C]
    int N, int grain, int part, int C, float scale, int limit, int accumulate) {
  const int column = (int)get_global_id(0) * COLUMNS;
  if (column >= C) return;
  const int count = C - column;
  EXACT_TILE_BEGIN
  for (int first = 0; first < N; first += grain) {
    float16 total[1][1] = {{(float16)(0.0f)}};
    for (int n = first; n < min(first + grain, N); ++n)
      total[0][0] += load_columns(partials + AT(AT(n, 2) + (size_t)part, C) + column, count);
    EXACT_TILE_ADD(total, scale)
  }
  EXACT_TILE_END(sums, 0, 1, column, C, magnitude, limit, accumulate)
}
#endif
