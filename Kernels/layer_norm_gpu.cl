// lint: -DRMS=0 -DTAIL_ADDS=1 -DTAIL_SAVES=1 -DTAIL_LAST=1 -DTAIL_DROPOUT=1 -DGRADIENT_ADDS=1
// lint: -DRMS=1
// The GPU variants of layer_norm.cl. A group has BLOCK rows, each slot one at a time: its items are the lanes of the
// sums, and take every 16th column where nothing is summed.

#ifndef RMS
#define RMS 0
#endif
#ifndef GROUP_ITEMS
#define GROUP_ITEMS 256
#endif
#define STRIDE COLUMNS
#include "strided.h"
#include "exact.h"
#include "statistics.h"
#include "tail.h"
#include "lanes.h"
#include "exact_lanes.h"

// Rows of a group.
#define BLOCK 16
// Columns that the items of a slot take at once.
#define SPAN (COLUMNS * COLUMNS)

#if RMS
#define BETA_PARAMETER
#else
#define BETA_PARAMETER global const float* restrict beta, /* [D] */
#endif

#if defined(BUILD_ALL) || defined(BUILD_layer_norm_forward_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void layer_norm_forward_gpu(
    global float* restrict y,            // [N, rows, D]
    global float* restrict moments,      // [N, rows, 2]
    global const float* restrict x,      // [N, rows, D]
    global const float* restrict gamma,  // [D]
    BETA_PARAMETER                       // not with RMS
    int N, int rows, int D, float epsilon TAIL_PARAMETERS) {
  local float lanes[GROUP_ITEMS];
  const float share = divide(1.0f, (float)D);
  for (int r = 0; r < BLOCK; r += SLOTS) {
    const int row = (int)get_group_id(0) * BLOCK + r + SLOT;
    // Items without a row read nothing, but wait with the others.
    const int columns = row < N * rows ? D : 0;
    global const float* from = x + AT(row < N * rows ? row : 0, D);
    float mean = 0.0f;
#if !RMS
    float sum = 0.0f;
    for (int d = LANE; d < PADDED(columns); d += COLUMNS) sum += element(from, d, columns);
    mean = sum_of_lanes(gather_lanes(lanes, sum)) * share;
#endif
    float squares = 0.0f;
    for (int d = LANE; d < PADDED(columns); d += COLUMNS) {
      const float a = d < columns ? from[d] - mean : 0.0f;
      squares = fma(a, a, squares);
    }
    const float variance = sum_of_lanes(gather_lanes(lanes, squares)) * share;
    const float inverse = inverse_deviation1(variance, epsilon);
    if (columns > 0 && LANE == 0) {
      moments[AT(row, 2)] = mean;
      moments[AT(row, 2) + 1] = inverse;
    }
    for (int d = LANE; d < columns; d += SPAN) {
      const size_t at = AT(row, D) + (size_t)d;
      const int count = D - d;
      float16 value = (load_strided(x + at, count) - mean) * inverse;
#if RMS
      value *= load_strided(gamma + d, count);
#else
      value = fma(value, load_strided(gamma + d, count), load_strided(beta + d, count));
#endif
      TAIL(value, at, count)
      store_strided(value, y + at, count);
    }
  }
}
#endif

#if defined(BUILD_ALL) || defined(BUILD_layer_norm_backward_input_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void layer_norm_backward_input_gpu(
    global float* restrict dx,             // [N, rows, D]
    global const float* restrict dy,       // [N, rows, D]
    global const float* restrict x,        // [N, rows, D]
    global const float* restrict moments,  // [N, rows, 2]
    global const float* restrict gamma,    // [D]
    int N, int rows, int D GRADIENT_PARAMETERS) {
  local float lanes[GROUP_ITEMS];
  const float share = divide(1.0f, (float)D);
  for (int r = 0; r < BLOCK; r += SLOTS) {
    const int row = (int)get_group_id(0) * BLOCK + r + SLOT;
    const int columns = row < N * rows ? D : 0;
    const int from = columns ? row : 0;
    const float mean = moments[AT(from, 2)];
    const float inverse = moments[AT(from, 2) + 1];
    float sums = 0.0f;
    float products = 0.0f;
    for (int d = LANE; d < PADDED(columns); d += COLUMNS) {
      const float g = element(dy + AT(from, D), d, columns) * element(gamma, d, columns);
      sums += g;
      products = fma(g, d < columns ? x[AT(from, D) + (size_t)d] - mean : 0.0f, products);
    }
    const float sum = RMS ? 0.0f : sum_of_lanes(gather_lanes(lanes, sums)) * share;
    const float product = -(sum_of_lanes(gather_lanes(lanes, products)) * share * inverse * inverse);
    for (int d = LANE; d < columns; d += SPAN) {
      const size_t at = AT(row, D) + (size_t)d;
      const int count = D - d;
      const float16 g = load_strided(dy + at, count) * load_strided(gamma + d, count);
      float16 value = fma(load_strided(x + at, count) - mean, (float16)(product), g - sum) * inverse;
      GRADIENT(value, at, count)
      store_strided(value, dx + at, count);
    }
  }
}
#endif

// A group has 16 columns. Each slot sums a chunk of a grain's rows; the first slot adds the chunks in ascending order.
#if defined(BUILD_ALL) || defined(BUILD_layer_norm_backward_scale_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void layer_norm_backward_scale_gpu(
    global long* restrict sums,            // [D]
    volatile global int* magnitude,        // [1]
    global const float* restrict dy,       // [N, rows, D]
    global const float* restrict x,        // [N, rows, D]
    global const float* restrict moments,  // [N, rows, 2]
    int N, int grain, int rows, int D, float scale, int limit, int accumulate) {
  local float parts[GROUP_ITEMS];
  const int column = (int)get_group_id(0) * COLUMNS + LANE;
  const int chunks = (grain * rows + CHUNK - 1) / CHUNK;
  const int units = (N + grain - 1) / grain * chunks;
  ExactSum exact = {0, 0};
  float total = 0.0f;
  for (int first = 0; first < units; first += SLOTS) {
    const int unit = first + SLOT;
    float acc = 0.0f;
    if (unit < units && column < D) {
      const int g = unit / chunks;
      const int begin = g * grain * rows + unit % chunks * CHUNK;
      const int end = min(begin + CHUNK, min((g + 1) * grain, N) * rows);
      for (int row = begin; row < end; ++row) {
        const size_t at = AT(row, D) + (size_t)column;
        const float a = (x[at] - moments[AT(row, 2)]) * moments[AT(row, 2) + 1];
        acc = fma(dy[at], a, acc);
      }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    parts[ITEM] = acc;
    barrier(CLK_LOCAL_MEM_FENCE);
    if (SLOT == 0) join_units(&exact, &total, parts, first, units, chunks, scale);
  }
  if (SLOT == 0 && column < D) exact_end(&exact, sums + column, magnitude, limit, accumulate);
}
#endif
