// lint:
// Exact sums of values that were already summed inside each grain: gamma, beta and running statistics.

#define TILE_ROWS 1
#define TILE_VECTORS 1
#include "tile.h"
#include "exact.h"

// sums[i] += sum over the grains g of partials[g, offset + i], each rounded to a multiple of 1 / scale.
// One work-item per 16 values.
#if defined(BUILD_ALL) || defined(BUILD_grain_sums)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void grain_sums(
    global long* restrict sums,             // [count]
    volatile global int* magnitude,         // [1]
    global const float* restrict partials,  // [grains, stride]
    int grains, int stride, int offset, int count, float scale, int limit, int accumulate) {
  const int column = (int)get_global_id(0) * COLUMNS;
  if (column >= count) return;
  global const float* from = partials + offset + column;
  EXACT_TILE_BEGIN
  for (int g = 0; g < grains; ++g) {
    float16 value[1][1];
    value[0][0] = load_columns(from + AT(g, stride), count - column);
    EXACT_TILE_ADD(value, scale)
  }
  EXACT_TILE_END(sums, 0, 1, column, count, magnitude, limit, accumulate)
}
#endif
