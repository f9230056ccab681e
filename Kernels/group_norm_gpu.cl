// lint: -DGRADIENT_ADDS=1
// The GPU variants of group_norm.cl. A group of items has a group of channels, or 16 channels.

#ifndef GROUP_ITEMS
#define GROUP_ITEMS 64
#endif
#include "single.h"
#include "exact.h"
#include "statistics.h"
#include "lanes.h"
#include "exact_lanes.h"

#define CHUNKS(pixels) (((pixels) + CHUNK - 1) / CHUNK)
#define PIXELS 64

// sum plus a value of each of the next items' channels, ascending, in all items; `parts` has room for one of each.
GROUP_FUNCTION float add_channels(float sum, local float* parts, float part, int count) {
  barrier(CLK_LOCAL_MEM_FENCE);
  parts[ITEM] = part;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int i = 0; i < min(count, GROUP_ITEMS); ++i) sum += parts[i];
  return sum;
}

#if defined(BUILD_ALL) || defined(BUILD_group_norm_statistics_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void group_norm_statistics_gpu(
    global float* restrict moments,         // [N, 3, C]
    global const float* restrict partials,  // [N, chunks, 2, C]
    int N, int P, int C, int G, float epsilon) {
  local float parts[GROUP_ITEMS];
  const int channels = C / G;
  const int c0 = (int)get_group_id(0) * channels;
  const int n = (int)get_group_id(1);
  if (c0 + channels > C || n >= N) return;
  const int chunks = CHUNKS(P);
  global const float* from = partials + AT(AT(n, chunks), 2 * C);
  float sum = 0.0f;
  for (int first = 0; first < channels; first += GROUP_ITEMS) {
    const int c = c0 + first + ITEM;
    float part = 0.0f;
    for (int k = 0; k < (c < c0 + channels ? chunks : 0); ++k) {
      const float pixels = (float)min(CHUNK, P - k * CHUNK);
      part = fma(from[AT(k, 2 * C) + (size_t)c] - from[c0], pixels, part);
    }
    sum = add_channels(sum, parts, part, channels - first);
  }
  const float share = divide(1.0f, (float)(P * channels));
  const float mean = fma(sum, share, from[c0]);
  float squares = 0.0f;
  for (int first = 0; first < channels; first += GROUP_ITEMS) {
    const int c = c0 + first + ITEM;
    float part = 0.0f;
    for (int k = 0; k < (c < c0 + channels ? chunks : 0); ++k) {
      const size_t at = AT(k, 2 * C) + (size_t)c;
      const float pixels = (float)min(CHUNK, P - k * CHUNK);
      const float d = from[at] - mean;
      part += fma(d * d, pixels, from[at + (size_t)C]);
    }
    squares = add_channels(squares, parts, part, channels - first);
  }
  const float inverse = inverse_deviation1(squares * share, epsilon);
  for (int c = c0 + ITEM; c < c0 + channels; c += GROUP_ITEMS) {
    global float* to = moments + AT(n, 3 * C) + c;
    to[0] = mean;
    to[C] = inverse;
    to[2 * C] = 0.0f;
  }
}
#endif

#if defined(BUILD_ALL) || defined(BUILD_group_norm_backward_shares_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void group_norm_backward_shares_gpu(
    global float* restrict shares,          // [N, 2, C]
    global const float* restrict partials,  // [N, 2, C]
    global const float* restrict moments,   // [N, 3, C]
    global const float* restrict gamma,     // [C]
    int N, int P, int C, int G) {
  const int channels = C / G;
  const int c0 = (int)get_group_id(0) * channels;
  const int n = (int)get_group_id(1);
  if (c0 + channels > C || n >= N) return;
  global const float* from = partials + AT(n, 2 * C);
  // Each term is added by its own fma, so all items go through all channels.
  float sum = 0.0f;
  float product = 0.0f;
  for (int c = c0; c < c0 + channels; ++c) {
    sum = fma(gamma[c], from[c], sum);
    product = fma(gamma[c], from[C + c], product);
  }
  const float share = divide(1.0f, (float)(P * channels));
  const float inverse = moments[AT(n, 3 * C) + (size_t)(C + c0)];
  for (int c = c0 + ITEM; c < c0 + channels; c += GROUP_ITEMS) {
    shares[AT(n, 2 * C) + (size_t)c] = sum * share;
    shares[AT(n, 2 * C) + (size_t)(C + c)] = -(product * share * inverse);
  }
}
#endif

#if defined(BUILD_ALL) || defined(BUILD_group_norm_backward_input_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void group_norm_backward_input_gpu(
    global float* restrict dx,             // [N, P, C]
    global const float* restrict dy,       // [N, P, C]
    global const float* restrict x,        // [N, P, C]
    global const float* restrict moments,  // [N, 3, C]
    global const float* restrict shares,   // [N, 2, C]
    global const float* restrict gamma,    // [C]
    int N, int P, int C GRADIENT_PARAMETERS) {
  const int c = (int)get_group_id(0) * COLUMNS + LANE;
  const int first = (int)get_group_id(1) * PIXELS;
  const int n = (int)get_group_id(2);
  if (c >= C || n >= N) return;
  global const float* of = moments + AT(n, 3 * C) + c;
  global const float* from = shares + AT(n, 2 * C) + c;
  const float mean = of[0];
  const float inverse = of[C];
  const float sum = from[0];
  const float product = from[C];
  const float weight = gamma[c];
  for (int p = first + SLOT; p < min(first + PIXELS, P); p += SLOTS) {
    const size_t at = AT(AT(n, P) + (size_t)p, C) + (size_t)c;
    const float g = dy[at] * weight;
    float value = fma(x[at] - mean, product, g - sum) * inverse;
    GRADIENT_ONE(value, at)
    dx[at] = value;
  }
}
#endif

#if defined(BUILD_ALL) || defined(BUILD_group_norm_backward_scale_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void group_norm_backward_scale_gpu(
    global long* restrict sums,             // [C]
    volatile global int* magnitude,         // [1]
    global const float* restrict partials,  // [N, 2, C]
    int N, int grain, int part, int C, float scale, int limit, int accumulate) {
  local float parts[GROUP_ITEMS];
  const int column = (int)get_group_id(0) * COLUMNS + LANE;
  ExactSum exact = {0, 0};
  float total = 0.0f;
  for (int first = 0; first < N; first += SLOTS) {
    const int n = first + SLOT;
    barrier(CLK_LOCAL_MEM_FENCE);
    parts[ITEM] = n < N && column < C ? partials[AT(AT(n, 2) + (size_t)part, C) + (size_t)column] : 0.0f;
    barrier(CLK_LOCAL_MEM_FENCE);
    if (SLOT == 0) join_units(&exact, &total, parts, first, N, grain, scale);
  }
  if (SLOT == 0 && column < C) exact_end(&exact, sums + column, magnitude, limit, accumulate);
}
#endif
