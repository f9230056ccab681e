// lint: -DTILE_ROWS=2 -DTILE_VECTORS=1 -DBLOCK_ROWS=64 -DBLOCK_VECTORS=4
// lint: -DTILE_ROWS=1 -DTILE_VECTORS=2 -DBLOCK_ROWS=3 -DBLOCK_VECTORS=4 -DTILE_TAPS=3
// The GPU variants of filters.cl: the same sums in the same order, by a work-group where there it is an item. Shapes as
// in convolution.cl.
//
// The inner dimension is the output pixels that take part, of all examples one after another; SLICE of them at a time go
// through local memory. A chunk or a grain may end inside of a slice. A grain's integers go to memory at its end, so
// that registers are left for larger tiles.

#ifndef TILE_ROWS
#define TILE_ROWS 1
#define TILE_VECTORS 1
#endif
#ifndef TILE_TAPS
#define TILE_TAPS 1
#endif
#ifndef BLOCK_ROWS
#define BLOCK_ROWS TILE_ROWS
#define BLOCK_VECTORS TILE_VECTORS
#endif
#include "tile.h"
#include "exact.h"
#include "group.h"

// The output pixels [first, last) of `outputs` whose tap at `offset` (padding taken off) lies inside of `inputs`.
static inline int first_inside(int offset, int stride) { return max(0, (stride - 1 - offset) / stride); }
static inline int last_inside(int offset, int stride, int inputs, int outputs) {
  return min(outputs, max(0, inputs - offset + stride - 1) / stride);
}

// The pixels that take part, `height` lines of `width` from (line, column) on in each of N examples, and how they lie in
// x and dy, whose pixels hold so many floats.
typedef struct {
  int N, line, column, height, width;
  int H, W, OH, OW, stride, x_pixel, dy_pixel;
} Pixels;

// The rows and columns of this block that are there. Row r reads x at offset + r, or, where FEW, at rows[r].z, if pixel
// (rows[r].x, rows[r].y), relative to the pixel, lies inside; x and dy begin at its first row and column.
typedef struct {
  global const float* x;
  global const float* dy;
  long offset;
  local const int4* rows;
  int row_count, column_count;
} Block;
#define NOWHERE (-(1 << 30))

// Where pixel `at` lies: its first line and column in the image, its index in x and in dy; -1 behind the last pixel.
static inline int4 place_of(const Pixels* p, int at) {
  const int valid = p->height * p->width;
  if (at >= p->N * valid) return (int4)(0, 0, 0, -1);
  const int n = at / valid;
  const int oh = p->line + at % valid / p->width;
  const int ow = p->column + at % valid % p->width;
  const int h = oh * p->stride;
  const int w = ow * p->stride;
  return (int4)(h, w, (n * p->H + h) * p->W + w, (n * p->OH + oh) * p->OW + ow);
}

// The pixel where the chunk of pixel `at` ends: chunks are `lines` whole lines of one image.
static inline int chunk_end(const Pixels* p, int at, int lines) {
  const int valid = p->height * p->width;
  const int oh = p->line + at % valid / p->width;
  const int end = min((oh / lines + 1) * lines - p->line, p->height);
  return at / valid * valid + end * p->width;
}

static inline bool inside(int4 row, int4 place, const Pixels* p) {
  return (uint)(place.x + row.x) < (uint)p->H && (uint)(place.y + row.y) < (uint)p->W;
}

// The elements that this item carries of the slice at `places`: neighbours read channels one after another or, where
// the rows have few channels, pixels.
GROUP_FUNCTION void fetch_pixels(
    float next_left[LEFT_SHARE], float next_right[RIGHT_SHARE], local const int4* places, const Pixels* p,
    const Block* block, const bool few) {
  _Pragma("unroll") for (int s = 0; s < LEFT_SHARE; ++s) {
    const int e = min(ITEM + s * GROUP_ITEMS, BLOCK_ROWS * SLICE - 1);
    const int row = few ? e / SLICE : e % BLOCK_ROWS;
    const int4 place = places[few ? e % SLICE : e / BLOCK_ROWS];
    const int4 from = few ? block->rows[row] : (int4)(0);
    const bool there = place.w >= 0 && row < block->row_count && (!few || inside(from, place, p));
    next_left[s] = there
        ? block->x[(long)place.z * p->x_pixel + (few ? (long)from.z : block->offset + row)] : 0.0f;
  }
  _Pragma("unroll") for (int s = 0; s < RIGHT_SHARE; ++s) {
    const int e = min(ITEM + s * GROUP_ITEMS, BLOCK_COLUMNS * SLICE - 1);
    const int column = e % BLOCK_COLUMNS;
    const int4 place = places[e / BLOCK_COLUMNS];
    next_right[s] = place.w >= 0 && column < block->column_count
        ? block->dy[AT(place.w, p->dy_pixel) + (size_t)column] : 0.0f;
  }
}

GROUP_FUNCTION void stage_pixels(
    local float* left, local float4* right, const float next_left[LEFT_SHARE], const float next_right[RIGHT_SHARE],
    const bool few) {
  _Pragma("unroll") for (int s = 0; s < LEFT_SHARE; ++s) {
    const int e = ITEM + s * GROUP_ITEMS;
    const int row = few ? e / SLICE : e % BLOCK_ROWS;
    const int k = few ? e % SLICE : e / BLOCK_ROWS;
    if (e < BLOCK_ROWS * SLICE) left[k * LEFT_LINE + row] = next_left[s];
  }
  _Pragma("unroll") for (int s = 0; s < RIGHT_SHARE; ++s) {
    const int e = ITEM + s * GROUP_ITEMS;
    if (e < BLOCK_COLUMNS * SLICE)
      ((local float*)right)[e / BLOCK_COLUMNS * RIGHT_LINE * 4 + e % BLOCK_COLUMNS] = next_right[s];
  }
}

// acc += term k of the slice, for the rows whose tap lies inside of the image there.
GROUP_FUNCTION void add_term_inside(
    float16 acc[TILE_ROWS][TILE_VECTORS], local const float* left, local const float4* right, int k, int4 place,
    const Pixels* p, const Block* block) {
  float16 y[TILE_VECTORS];
  FOR_VECTORS {
    local const float4* four = right + k * RIGHT_LINE + ITEM_COLUMN(v) / 4;
    y[v] = (float16)(four[0], four[1], four[2], four[3]);
  }
  FOR_ROWS if (inside(block->rows[ITEM_ROW(r)], place, p)) {
    const float16 x = (float16)(left[k * LEFT_LINE + ITEM_ROW(r)]);
    FOR_VECTORS acc[r][v] = fma(x, y[v], acc[r][v]);
  }
}

// Adds a grain's tile to the sums of the block, in lines of `stride`; returns the largest magnitude.
GROUP_FUNCTION int add_grain(
    global long* sums, float16 total[TILE_ROWS][TILE_VECTORS], int stride, const Block* block, float scale,
    int accumulate) {
  int worst = 0;
  FOR_VECTORS {
    const int column = ITEM_COLUMN(v);
    const int count = block->column_count - column;
    if (count <= 0) continue;
    FOR_ROWS {
      if (ITEM_ROW(r) >= block->row_count) continue;
      const float16 sum = select((float16)(0.0f), total[r][v], LANES < (int16)(count));
      float16 high = (float16)(0.0f);
      float16 low = (float16)(0.0f);
      worst = max(worst, largest(MAGNITUDE(sum)));
      EXACT_ADD(high, low, sum, scale)
      add_sums(
          sums + AT(ITEM_ROW(r), stride) + column, convert_long16(high) + convert_long16(low), count, accumulate);
    }
  }
  return worst;
}

// sums += the products of the block; returns the largest magnitude of a grain. places[2][SLICE]: those of a slice that
// is computed, and of the one that is fetched meanwhile.
GROUP_FUNCTION int add_products(
    global long* sums, local float* left, local float4* right, local int4* places, const Pixels* p, const Block* block,
    int grain, float scale, int accumulate, const bool few) {
  const int lines = p->OW <= CHUNK ? CHUNK / p->OW : 1;
  const int valid = p->height * p->width;
  const int count = p->N * valid;
  float next_left[LEFT_SHARE];
  float next_right[RIGHT_SHARE];
  float16 acc[TILE_ROWS][TILE_VECTORS];
  float16 total[TILE_ROWS][TILE_VECTORS];
  TILE_ZERO(acc)
  TILE_ZERO(total)
  int worst = 0;
  // A tap that is never inside adds nothing, but the sums may have to be written.
  if (count == 0) return accumulate ? 0 : add_grain(sums, total, p->dy_pixel, block, scale, 0);
  for (int k = ITEM; k < SLICE; k += GROUP_ITEMS) places[k] = place_of(p, k);
  barrier(CLK_LOCAL_MEM_FENCE);
  fetch_pixels(next_left, next_right, places, p, block, few);
  int stop = chunk_end(p, 0, lines);
  int slice = 0;
  for (int first = 0; first < count; first += SLICE, slice ^= SLICE) {
    const int next = first + SLICE;
    barrier(CLK_LOCAL_MEM_FENCE);
    stage_pixels(left, right, next_left, next_right, few);
    for (int k = ITEM; k < SLICE; k += GROUP_ITEMS) places[(slice ^ SLICE) + k] = place_of(p, next + k);
    barrier(CLK_LOCAL_MEM_FENCE);
    if (next < count) fetch_pixels(next_left, next_right, places + (slice ^ SLICE), p, block, few);
    for (int at = first; at < min(next, count);) {
      const int end = min(min(next, count), stop);
      for (; at < end; ++at) {
        if (few) {
          add_term_inside(acc, left, right, at - first, places[slice + at - first], p, block);
        } else {
          add_term(acc, left, right, at - first);
        }
      }
      if (at < stop) continue;
      TILE_ADD(total, acc)
      TILE_ZERO(acc)
      if (at % (grain * valid) == 0 || at == count) {
        worst = max(worst, add_grain(sums, total, p->dy_pixel, block, scale, accumulate));
        TILE_ZERO(total)
        accumulate = 1;
      }
      if (at < count) stop = chunk_end(p, at, lines);
    }
  }
  // The next tap writes to local memory at once.
  barrier(CLK_LOCAL_MEM_FENCE);
  return worst;
}

// convolution_backward_filters; a group per block of sums of one tap, or of TILE_TAPS taps in turn.
#if defined(BUILD_ALL) || defined(BUILD_convolution_backward_filters_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void convolution_backward_filters_gpu(
    global long* restrict sums,        // [KH, KW, C, G * M]
    volatile global int* magnitude,    // [1]
    global const float* restrict x,    // [N, H, W, G * C]
    global const float* restrict dy,   // [N, OH, OW, G * M]
    int N, int grain, int H, int W, int C, int OH, int OW, int M, int G, int KH, int KW, int stride, int padding_h,
    int padding_w, int dilation, float scale, int limit, int accumulate) {
  DECLARE_SLICES
  local int4 places[2 * SLICE];
  const int row = (int)get_group_id(0) * BLOCK_ROWS;
  const int blocks = (M + BLOCK_COLUMNS - 1) / BLOCK_COLUMNS;
  const int group = (int)get_group_id(1) / blocks;
  const int column = (int)get_group_id(1) % blocks * BLOCK_COLUMNS;
  const int first_tap = (int)get_group_id(2) * TILE_TAPS;
  int worst = 0;
  for (int tap = first_tap; tap < min(first_tap + TILE_TAPS, KH * KW); ++tap) {
    const int offset_h = tap / KW * dilation - padding_h;
    const int offset_w = tap % KW * dilation - padding_w;
    const int line = first_inside(offset_h, stride);
    const int left_w = first_inside(offset_w, stride);
    const Pixels pixels = {
        N, line, left_w, max(0, last_inside(offset_h, stride, H, OH) - line),
        max(0, last_inside(offset_w, stride, W, OW) - left_w), H, W, OH, OW, stride, G * C, G * M};
    const Block block = {
        x, dy + AT(group, M) + column, (long)(offset_h * W + offset_w) * (G * C) + group * C + row, 0, C - row,
        M - column};
    worst = max(
        worst, add_products(
                   sums + AT(tap * C + row, G * M) + AT(group, M) + column, left, right, places, &pixels, &block,
                   grain, scale, accumulate, false));
  }
  if (worst >= limit) atomic_max(magnitude, worst);
}
#endif

// convolution_backward_filters_few; a group per block of sums, whose rows are rows of [KH * KW * C].
#if defined(BUILD_ALL) || defined(BUILD_convolution_backward_filters_few_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void convolution_backward_filters_few_gpu(
    global long* restrict sums,        // [KH, KW, C, G * M]
    volatile global int* magnitude,    // [1]
    global const float* restrict x,    // [N, H, W, G * C]
    global const float* restrict dy,   // [N, OH, OW, G * M]
    int N, int grain, int H, int W, int C, int OH, int OW, int M, int G, int KH, int KW, int stride, int padding_h,
    int padding_w, int dilation, float scale, int limit, int accumulate) {
  DECLARE_SLICES
  local int4 places[2 * SLICE];
  local int4 taps[BLOCK_ROWS];
  const int rows = KH * KW * C;
  const int row = (int)get_group_id(0) * BLOCK_ROWS;
  const int blocks = (M + BLOCK_COLUMNS - 1) / BLOCK_COLUMNS;
  const int group = (int)get_group_id(1) / blocks;
  const int column = (int)get_group_id(1) % blocks * BLOCK_COLUMNS;
  for (int r = ITEM; r < BLOCK_ROWS; r += GROUP_ITEMS) {
    const int tap = (row + r) / C;
    const int offset_h = tap / KW * dilation - padding_h;
    const int offset_w = tap % KW * dilation - padding_w;
    taps[r] = (int4)(
        row + r < rows ? offset_h : NOWHERE, offset_w,
        (offset_h * W + offset_w) * (G * C) + group * C + (row + r) % C, 0);
  }
  const Pixels pixels = {N, 0, 0, OH, OW, H, W, OH, OW, stride, G * C, G * M};
  const Block block = {x, dy + AT(group, M) + column, 0, taps, rows - row, M - column};
  const int worst = add_products(
      sums + AT(row, G * M) + AT(group, M) + column, left, right, places, &pixels, &block, grain, scale, accumulate,
      true);
  if (worst >= limit) atomic_max(magnitude, worst);
}
#endif
