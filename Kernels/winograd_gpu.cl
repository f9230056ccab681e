// lint: -DTILE_ROWS=4 -DTILE_VECTORS=1 -DBLOCK_ROWS=32 -DBLOCK_VECTORS=2 -DBIAS=1
// lint: -DTILE_ROWS=1 -DTILE_VECTORS=2 -DBLOCK_ROWS=2 -DBLOCK_VECTORS=2 -DTAIL_FIRST=3 -DTAIL_SAVES=1 -DTAIL_DROPOUT=1 -DTAIL_ADDS=1 -DGRADIENT_ADDS=1 -DGRADIENT_ACTIVATION=1
// The GPU variants of winograd.cl: the same sums in the same order, by a work-group where there it is an item.
// N examples, H x W input pixels with C channels, OH x OW output pixels with M channels.
//
// A group takes BLOCK_ROWS tiles and BLOCK_VECTORS vectors of output channels. A few channels at a time, it transforms
// the inputs into local memory, where the filters join them; at the end the products of the places meet there.

#ifndef TILE_ROWS
#define TILE_ROWS 1
#define TILE_VECTORS 1
#endif
#ifndef BLOCK_ROWS
#define BLOCK_ROWS TILE_ROWS
#define BLOCK_VECTORS TILE_VECTORS
#endif
#include "winograd.h"
#include "tail.h"
#include "winograd_group.h"

#ifndef BIAS
#define BIAS 0
#endif
#if BIAS
#define BIAS_PARAMETER global const float *restrict bias, /* [M] */
#define BIAS_COLUMNS(m, count) load_columns(bias + (m), count)
#else
#define BIAS_PARAMETER
#define BIAS_COLUMNS(m, count) ((float16)(0.0f))
#endif

// What one item carries of a slice: patches, one channel each, and filters, four columns each.
#define PATCHES (BLOCK_ROWS * WINOGRAD_SLICE)
#define PATCH_SHARE ((PATCHES + GROUP_ITEMS - 1) / GROUP_ITEMS)
#define FILTER_SHARE ((RIGHT_FOURS + GROUP_ITEMS - 1) / GROUP_ITEMS)

typedef struct {
  global const float* x;
  int inside;
} Patch;

// The patches of this item, from channel 0 on; none behind the last tile.
static inline void find_patches(
    Patch patches[PATCH_SHARE], global const float* x, int first, int tiles, int lines, int columns, int height,
    int width, int channels, int padding_h, int padding_w) {
  for (int s = 0; s < PATCH_SHARE; ++s) {
    const int e = ITEM + s * GROUP_ITEMS;
    const int tile = first + e / WINOGRAD_SLICE;
    const TileCorner corner = tile_corner(min(tile, tiles - 1), lines, columns);
    const int h = 2 * corner.i - padding_h;
    const int w = 2 * corner.j - padding_w;
    patches[s].x = x + (((long)corner.n * height + h) * width + w) * channels + e % WINOGRAD_SLICE;
    patches[s].inside = e < PATCHES && tile < tiles ? patch_inside(h, w, height, width) : 0;
  }
}

// Where float4 e of a slice of filters lies in local memory, and in u from the slice's first channel on.
#define FILTER_QUARTER(e) ((e) % 4)
#define FILTER_TERM(e) ((e) / 4 % WINOGRAD_SLICE)
#define FILTER_PLACE(e) ((e) / (4 * WINOGRAD_SLICE) % PLACES)
#define FILTER_VECTOR(e) ((e) / (4 * WINOGRAD_SLICE * PLACES))

static inline void fetch_slice(
    float d[PATCH_SHARE][PLACES], float4 g[FILTER_SHARE], const Patch patches[PATCH_SHARE], global const float* u,
    int channel, int channels, int width, int vectors) {
  _Pragma("unroll") for (int s = 0; s < PATCH_SHARE; ++s) {
    const bool there = channel + (ITEM + s * GROUP_ITEMS) % WINOGRAD_SLICE < channels;
    fetch_patch(d[s], patches[s].x + channel, there ? patches[s].inside : 0, width, channels);
  }
  _Pragma("unroll") for (int s = 0; s < FILTER_SHARE; ++s) {
    const int e = ITEM + s * GROUP_ITEMS;
    const int term = channel + FILTER_TERM(e);
    const size_t line = AT(AT(FILTER_VECTOR(e), PLACES) + (size_t)FILTER_PLACE(e), channels) + (size_t)term;
    g[s] = FILTER_VECTOR(e) < vectors && term < channels ? vload4(line * 4 + (size_t)FILTER_QUARTER(e), u)
                                                         : (float4)(0.0f);
  }
}

GROUP_FUNCTION void stage_slice(local float4* memory, float d[PATCH_SHARE][PLACES], const float4 g[FILTER_SHARE]) {
  _Pragma("unroll") for (int s = 0; s < PATCH_SHARE; ++s) {
    const int e = ITEM + s * GROUP_ITEMS;
    if (e >= PATCHES) continue;
    transform_patch(d[s]);
    _Pragma("unroll") for (int p = 0; p < PLACES; ++p)
        left_line(memory, p, e % WINOGRAD_SLICE)[e / WINOGRAD_SLICE] = d[s][p];
  }
  _Pragma("unroll") for (int s = 0; s < FILTER_SHARE; ++s) {
    const int e = ITEM + s * GROUP_ITEMS;
    if (e >= RIGHT_FOURS) continue;
    right_line(memory, FILTER_PLACE(e), FILTER_TERM(e))[FILTER_VECTOR(e) * 4 + FILTER_QUARTER(e)] = g[s];
  }
}

// products[r][v] = sum over channels, ascending in chunks, at the place of this item, as multiply_places in winograd.cl.
// While a slice is multiplied the next one is on its way.
GROUP_FUNCTION void multiply_group(
    float16 products[TILE_ROWS][TILE_VECTORS], local float4* memory, const Patch patches[PATCH_SHARE],
    global const float* u, int channels, int width, int vectors) {
  float d[PATCH_SHARE][PLACES];
  float4 g[FILTER_SHARE];
  float16 acc[TILE_ROWS][TILE_VECTORS];
  TILE_ZERO(acc)
  TILE_ZERO(products)
  fetch_slice(d, g, patches, u, 0, channels, width, vectors);
  for (int channel = 0; channel < channels; channel += WINOGRAD_SLICE) {
    const int next = channel + WINOGRAD_SLICE;
    barrier(CLK_LOCAL_MEM_FENCE);
    stage_slice(memory, d, g);
    barrier(CLK_LOCAL_MEM_FENCE);
    if (next < channels) fetch_slice(d, g, patches, u, next, channels, width, vectors);
    add_terms(acc, memory, min(WINOGRAD_SLICE, channels - channel));
    if (next % WINOGRAD_CHUNK == 0 || next >= channels) end_chunk(products, acc, next <= WINOGRAD_CHUNK);
  }
}

// An item finishes one output pixel and vector at a time: `out`, which belongs at offset `at` and has `count` channels,
// goes through `finish`.
#define FINISH_GROUP(target, lines, columns, tiles, height, width, channels, finish)                       \
  for (int r = 0; r < TILE_ROWS; ++r)                                                                      \
    for (int v = 0; v < TILE_VECTORS; ++v) {                                                               \
      exchange_vectors(memory, products, r, v);                                                            \
      const int item = ITEM % PLACE_ITEMS;                                                                 \
      const int tile = first + TILE_ROW(item, r);                                                          \
      const int channel = (vector + TILE_VECTOR(item, v)) * COLUMNS;                                       \
      const int count = (channels) - channel;                                                              \
      const TileCorner corner = tile_corner(tile, lines, columns);                                         \
      const int h = 2 * corner.i + ITEM_PLACE / 2;                                                         \
      const int w = 2 * corner.j + ITEM_PLACE % 2;                                                         \
      if (ITEM_PLACE < 4 && tile < (tiles) && h < (height) && w < (width) && count > 0) {                  \
        const size_t at = (AT(AT(corner.n, height) + (size_t)h, width) + (size_t)w) * (size_t)(channels)   \
                          + (size_t)channel;                                                               \
        float16 out = shown_output(memory, item, ITEM_PLACE / 2, ITEM_PLACE % 2);                          \
        finish                                                                                             \
        store_columns(out, target + at, count);                                                            \
      }                                                                                                    \
    }

// winograd_forward; a group per block of y.
#if defined(BUILD_ALL) || defined(BUILD_winograd_forward_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void winograd_forward_gpu(
    global float* restrict y,        // [N, OH, OW, M]
    global const float* restrict x,  // [N, H, W, C]
    global const float* restrict u,  // [M / 16 rounded up to 4, 16 places, C, 16]
    BIAS_PARAMETER
    int N, int H, int W, int C, int OH, int OW, int M, int padding_h, int padding_w TAIL_PARAMETERS) {
  local float4 memory[MEMORY_FOURS];
  const int lines = (OH + 1) / 2;
  const int columns = (OW + 1) / 2;
  const int tiles = N * lines * columns;
  const int first = (int)get_group_id(0) * BLOCK_ROWS;
  const int vector = (int)get_group_id(1) * BLOCK_VECTORS;
  Patch patches[PATCH_SHARE];
  float16 products[TILE_ROWS][TILE_VECTORS];
  find_patches(patches, x, first, tiles, lines, columns, H, W, C, padding_h, padding_w);
  multiply_group(
      products, memory, patches, u + AT(vector, PLACES * COLUMNS) * (size_t)C, C, W,
      (M + COLUMNS - 1) / COLUMNS - vector);
  FINISH_GROUP(y, lines, columns, tiles, OH, OW, M, {
    if (BIAS) out += BIAS_COLUMNS(channel, count);
    TAIL(out, at, count)
  })
}
#endif

// winograd_backward_input; a group per block of dx.
#if defined(BUILD_ALL) || defined(BUILD_winograd_backward_input_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void winograd_backward_input_gpu(
    global float* restrict dx,        // [N, H, W, C]
    global const float* restrict dy,  // [N, OH, OW, M]
    global const float* restrict u,   // [C / 16 rounded up to 4, 16 places, M, 16]
    int N, int H, int W, int C, int OH, int OW, int M, int padding_h, int padding_w GRADIENT_PARAMETERS) {
  local float4 memory[MEMORY_FOURS];
  const int lines = (H + 1) / 2;
  const int columns = (W + 1) / 2;
  const int tiles = N * lines * columns;
  const int first = (int)get_group_id(0) * BLOCK_ROWS;
  const int vector = (int)get_group_id(1) * BLOCK_VECTORS;
  Patch patches[PATCH_SHARE];
  float16 products[TILE_ROWS][TILE_VECTORS];
  find_patches(patches, dy, first, tiles, lines, columns, OH, OW, M, 2 - padding_h, 2 - padding_w);
  multiply_group(
      products, memory, patches, u + AT(vector, PLACES * COLUMNS) * (size_t)M, M, OW,
      (C + COLUMNS - 1) / COLUMNS - vector);
  FINISH_GROUP(dx, lines, columns, tiles, H, W, C, GRADIENT(out, at, count))
}
#endif
