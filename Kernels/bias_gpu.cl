// lint:
// The GPU variants of bias.cl and grain_sums.cl. A group has 16 columns; its slots share the rows.

#ifndef GROUP_ITEMS
#define GROUP_ITEMS 256
#endif
#define STRIDE COLUMNS
#include "strided.h"
#include "exact.h"
#include "lanes.h"
#include "exact_lanes.h"

// sums[m] += sum over the grain's examples and rows of dy. Each slot sums a chunk of one example; the first slot adds the
// chunks in ascending order.
#if defined(BUILD_ALL) || defined(BUILD_bias_backward_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void bias_backward_gpu(
    global long* restrict sums,       // [M]
    volatile global int* magnitude,   // [1]
    global const float* restrict dy,  // [N, rows, M]
    int N, int grain, int rows, int M, float scale, int limit, int accumulate) {
  local float parts[GROUP_ITEMS];
  const int column = (int)get_group_id(0) * COLUMNS + LANE;
  const int chunks = (rows + CHUNK - 1) / CHUNK;
  const int units = N * chunks;
  ExactSum exact = {0, 0};
  float total = 0.0f;
  for (int first = 0; first < units; first += SLOTS) {
    const int unit = first + SLOT;
    float acc = 0.0f;
    if (unit < units && column < M) {
      const int begin = unit % chunks * CHUNK;
      global const float* from = dy + AT(AT(unit / chunks, rows) + (size_t)begin, M) + column;
      const int count = min(CHUNK, rows - begin);
      for (int i = 0; i < count; ++i) acc += from[AT(i, M)];
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    parts[ITEM] = acc;
    barrier(CLK_LOCAL_MEM_FENCE);
    if (SLOT == 0) join_units(&exact, &total, parts, first, units, grain * chunks, scale);
  }
  if (SLOT == 0 && column < M) exact_end(&exact, sums + column, magnitude, limit, accumulate);
}
#endif

// sums[i] += sum over the grains g of partials[g, offset + i]. Each slot takes every SLOTS-th grain: integers add in any
// order.
#if defined(BUILD_ALL) || defined(BUILD_grain_sums_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void grain_sums_gpu(
    global long* restrict sums,             // [count]
    volatile global int* magnitude,         // [1]
    global const float* restrict partials,  // [grains, stride]
    int grains, int stride, int offset, int count, float scale, int limit, int accumulate) {
  local long parts[GROUP_ITEMS];
  const int column = (int)get_group_id(0) * COLUMNS + LANE;
  ExactSum exact = {0, 0};
  if (column < count) {
    for (int g = SLOT; g < grains; g += SLOTS)
      exact_add(&exact, partials[AT(g, stride) + (size_t)(offset + column)], scale);
    if (exact.worst >= limit) atomic_max(magnitude, exact.worst);
  }
  parts[ITEM] = exact.sum;
  barrier(CLK_LOCAL_MEM_FENCE);
  if (SLOT == 0 && column < count) {
    long sum = accumulate ? sums[column] : 0;
    for (int slot = 0; slot < SLOTS; ++slot) sum += parts[slot * COLUMNS + LANE];
    sums[column] = sum;
  }
}
#endif
