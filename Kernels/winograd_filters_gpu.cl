// lint: -DTILE_ROWS=2 -DTILE_VECTORS=1 -DBLOCK_ROWS=16 -DBLOCK_VECTORS=2
// lint: -DTILE_ROWS=1 -DTILE_VECTORS=2 -DBLOCK_ROWS=5 -DBLOCK_VECTORS=2
// The GPU variant of winograd_filters.cl: the same sums in the same order, by a work-group where there it is an item.
// Shapes as in winograd.cl.

#ifndef TILE_ROWS
#define TILE_ROWS 1
#define TILE_VECTORS 1
#endif
#ifndef BLOCK_ROWS
#define BLOCK_ROWS TILE_ROWS
#define BLOCK_VECTORS TILE_VECTORS
#endif
#include "winograd.h"
#include "exact.h"
#include "winograd_group.h"

// What one item carries of a slice: inputs and gradients of tiles, one channel each.
#define INPUTS (BLOCK_ROWS * WINOGRAD_SLICE)
#define INPUT_SHARE ((INPUTS + GROUP_ITEMS - 1) / GROUP_ITEMS)
#define GRADIENTS (BLOCK_COLUMNS * WINOGRAD_SLICE)
#define GRADIENT_SHARE ((GRADIENTS + GROUP_ITEMS - 1) / GROUP_ITEMS)

// The inputs of tiles first .. end - 1 at channels x, `rows` of which are there.
static inline void fetch_inputs(
    float d[INPUT_SHARE][PLACES], global const float* x, int first, int end, int rows, int lines, int columns,
    int height, int width, int channels, int padding_h, int padding_w) {
  _Pragma("unroll") for (int s = 0; s < INPUT_SHARE; ++s) {
    const int e = ITEM + s * GROUP_ITEMS;
    const int tile = first + e / BLOCK_ROWS;
    const bool there = e < INPUTS && tile < end && e % BLOCK_ROWS < rows;
    const TileCorner corner = tile_corner(tile, lines, columns);
    const int h = 2 * corner.i - padding_h;
    const int w = 2 * corner.j - padding_w;
    fetch_patch(
        d[s], x + (((long)corner.n * height + h) * width + w) * channels + e % BLOCK_ROWS,
        there ? patch_inside(h, w, height, width) : 0, width, channels);
  }
}

// The gradients of the same tiles' four outputs, for the channels at dy, `count` of which are there.
static inline void fetch_gradients(
    float g[GRADIENT_SHARE][4], global const float* dy, int first, int end, int count, int lines, int columns,
    int height, int width, int channels) {
  _Pragma("unroll") for (int s = 0; s < GRADIENT_SHARE; ++s) {
    const int e = ITEM + s * GROUP_ITEMS;
    const int tile = first + e / BLOCK_COLUMNS;
    const bool there = e < GRADIENTS && tile < end && e % BLOCK_COLUMNS < count;
    const TileCorner corner = tile_corner(tile, lines, columns);
    const size_t pixel = AT(AT(corner.n, height) + (size_t)(2 * corner.i), width) + (size_t)(2 * corner.j);
    global const float* from = dy + pixel * (size_t)channels + e % BLOCK_COLUMNS;
    _Pragma("unroll") for (int k = 0; k < 4; ++k) {
      const bool inside = 2 * corner.i + k / 2 < height && 2 * corner.j + k % 2 < width;
      g[s][k] = there && inside ? from[(long)(k / 2 * width + k % 2) * channels] : 0.0f;
    }
  }
}

// (A dy)[i], i < 4.
static inline float gradient_of(int i, float a, float b) { return i == 0 ? a : i == 1 ? a + b : i == 2 ? a - b : -b; }

GROUP_FUNCTION void stage_slice(
    local float4* memory, float d[INPUT_SHARE][PLACES], float g[GRADIENT_SHARE][4]) {
  _Pragma("unroll") for (int s = 0; s < INPUT_SHARE; ++s) {
    const int e = ITEM + s * GROUP_ITEMS;
    if (e >= INPUTS) continue;
    transform_patch(d[s]);
    _Pragma("unroll") for (int p = 0; p < PLACES; ++p)
        left_line(memory, p, e / BLOCK_ROWS)[e % BLOCK_ROWS] = d[s][p];
  }
  _Pragma("unroll") for (int s = 0; s < GRADIENT_SHARE; ++s) {
    const int e = ITEM + s * GROUP_ITEMS;
    if (e >= GRADIENTS) continue;
    _Pragma("unroll") for (int p = 0; p < PLACES; ++p)
        ((local float*)right_line(memory, p, e / BLOCK_COLUMNS))[e % BLOCK_COLUMNS] = gradient_of(
            p % 4, gradient_of(p / 4, g[s][0], g[s][2]), gradient_of(p / 4, g[s][1], g[s][3]));
  }
}

// winograd_backward_filters; a group per block of sums. A grain's integers go to memory at its end: kept in registers,
// 18 floats for each of the filters would leave no room for the products.
#if defined(BUILD_ALL) || defined(BUILD_winograd_backward_filters_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void winograd_backward_filters_gpu(
    global long* restrict sums,       // [3, 3, C, M]
    volatile global int* magnitude,   // [1]
    global const float* restrict x,   // [N, H, W, C]
    global const float* restrict dy,  // [N, OH, OW, M]
    int N, int grain, int H, int W, int C, int OH, int OW, int M, int padding_h, int padding_w, float scale,
    int limit, int accumulate) {
  local float4 memory[MEMORY_FOURS];
  const int row = (int)get_group_id(0) * BLOCK_ROWS;
  const int column = (int)get_group_id(1) * BLOCK_COLUMNS;
  const int lines = (OH + 1) / 2;
  const int columns = (OW + 1) / 2;
  x += row;
  dy += column;
  float d[INPUT_SHARE][PLACES];
  float g[GRADIENT_SHARE][4];
  float16 acc[TILE_ROWS][TILE_VECTORS];
  float16 total[TILE_ROWS][TILE_VECTORS];
  TILE_ZERO(acc)
  TILE_ZERO(total)
  int16 worst = (int16)(0);
  for (int n = 0; n < N; n += grain, accumulate = 1) {
    const int begin = n * lines * columns;
    const int end = min(n + grain, N) * lines * columns;
    fetch_inputs(d, x, begin, end, C - row, lines, columns, H, W, C, padding_h, padding_w);
    fetch_gradients(g, dy, begin, end, M - column, lines, columns, OH, OW, M);
    for (int first = begin; first < end; first += WINOGRAD_SLICE) {
      const int next = first + WINOGRAD_SLICE;
      barrier(CLK_LOCAL_MEM_FENCE);
      stage_slice(memory, d, g);
      barrier(CLK_LOCAL_MEM_FENCE);
      if (next < end) {
        fetch_inputs(d, x, next, end, C - row, lines, columns, H, W, C, padding_h, padding_w);
        fetch_gradients(g, dy, next, end, M - column, lines, columns, OH, OW, M);
      }
      add_terms(acc, memory, min(WINOGRAD_SLICE, end - first));
      if ((next - begin) % WINOGRAD_CHUNK == 0 || next >= end) end_chunk(total, acc, next - begin <= WINOGRAD_CHUNK);
    }
    // An item finishes one tap and vector at a time.
    for (int r = 0; r < TILE_ROWS; ++r)
      for (int v = 0; v < TILE_VECTORS; ++v) {
        exchange_vectors(memory, total, r, v);
        const int item = ITEM % PLACE_ITEMS;
        const int tap = ITEM_PLACE;
        const int c = row + TILE_ROW(item, r);
        const int m = column + TILE_VECTOR(item, v) * COLUMNS;
        if (tap < 9 && c < C && m < M) {
          const float16 dg = shown_tap(memory, item, tap / 3, tap % 3);
          float16 high = (float16)(0.0f);
          float16 low = (float16)(0.0f);
          worst = max(worst, MAGNITUDE(dg));
          EXACT_ADD(high, low, dg, scale)
          add_sums(
              sums + AT(tap * C + c, M) + m, convert_long16(high) + convert_long16(low), M - m, accumulate);
        }
      }
  }
  report_magnitude(magnitude, worst, limit);
}
#endif
