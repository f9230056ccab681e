// lint: -DTILE_ROWS=4 -DTILE_VECTORS=1 -DBLOCK_ROWS=128 -DBLOCK_VECTORS=4 -DBIAS=1
// lint: -DTILE_ROWS=1 -DTILE_VECTORS=2 -DBLOCK_ROWS=3 -DBLOCK_VECTORS=2 -DTAIL_FIRST=3 -DTAIL_SAVES=1 -DTAIL_DROPOUT=1 -DTAIL_ADDS=1 -DGRADIENT_ADDS=1 -DGRADIENT_ACTIVATION=1
// The GPU variants of convolution.cl: the same sums in the same order, by a work-group where there it is an item.
// N examples, H x W input pixels, OH x OW output pixels, KH x KW taps, G groups of C input and M output channels.
//
// There are as many groups as blocks, and none returns ahead of a barrier, which PoCL 3.1 does not survive. Slices of
// the inner dimension are parts of one tap, or several whole taps where those are short; none crosses the
// end of a chunk.

#ifndef TILE_ROWS
#define TILE_ROWS 1
#define TILE_VECTORS 1
#endif
#ifndef BLOCK_ROWS
#define BLOCK_ROWS TILE_ROWS
#define BLOCK_VECTORS TILE_VECTORS
#endif
#include "tile.h"
#include "tail.h"
#include "group.h"

#ifndef BIAS
#define BIAS 0
#endif
#if BIAS
#define BIAS_PARAMETER global const float *restrict bias, /* [G * M] */
#define BIAS_COLUMNS(m, count) load_columns(bias + (m), count)
#else
#define BIAS_PARAMETER
#define BIAS_COLUMNS(m, count) ((float16)(0.0f))
#endif

// What the rows of the block read. Tap (i, j) of a row is pixel (h + i * step, w + j * step) of an image whose pixels hold
// `pixel` floats, `inner` of them for this group; tap (0, 0) would be pixel `index` of x. h, w and index of each row lie
// in local memory; h is NOWHERE for rows behind the last one.
typedef struct {
  global const float* x;
  local const int4* rows;
  int taps_h, taps_w, step;
  int height, width, pixel, inner;
} Window;
#define NOWHERE (-(1 << 30))

// The filters as a matrix of rows of `stride` floats, of which this block has `count` from `columns` on: those of tap
// (i, j) begin at row first + i * tap_h + j * tap_w.
typedef struct {
  global const float* columns;
  int first, tap_h, tap_w, stride, count;
} Filters;

// `terms` terms from channel `channel` of tap (i, j), which is number `tap`, on; `taps` taps have part in them.
typedef struct {
  int tap, i, j, channel, taps, terms;
} Slice;

GROUP_FUNCTION Slice sized_slice(Slice s, const Window* window, int chunk_taps) {
  const int taps = window->taps_h * window->taps_w;
  s.taps = window->inner < SLICE
      ? min(SLICE / window->inner, min(chunk_taps - s.tap % chunk_taps, taps - s.tap)) : 1;
  s.terms = window->inner < SLICE ? s.taps * window->inner : min(SLICE, window->inner - s.channel);
  return s;
}

GROUP_FUNCTION Slice next_slice(Slice s, const Window* window, int chunk_taps) {
  s.channel += s.terms;
  if (s.channel >= window->inner) {
    s.channel = 0;
    s.tap += s.taps;
    s.j += s.taps;
    for (; s.j >= window->taps_w; s.j -= window->taps_w) ++s.i;
  }
  return sized_slice(s, window, chunk_taps);
}

// Tap and channel of term k of a slice.
typedef struct {
  int i, j, channel;
} Term;

GROUP_FUNCTION Term term_at(const Slice* slice, int k, const Window* window) {
  const bool several = window->inner < SLICE;
  const int more = several ? k / window->inner : 0;
  const int tap = slice->tap + more;
  const Term term = {
      several ? tap / window->taps_w : slice->i, several ? tap % window->taps_w : slice->j,
      slice->channel + k - more * window->inner};
  return term;
}

// The elements that this item carries of a slice; zeros outside of the images, whose products are part of the sums.
// Items one after another read channels, or columns of filters, one after another.
GROUP_FUNCTION void fetch_slice(
    float next_left[LEFT_SHARE], float next_right[RIGHT_SHARE], const Slice* slice, const Window* window,
    const Filters* filters) {
  Term term;
  _Pragma("unroll") for (int s = 0; s < LEFT_SHARE; ++s) {
    const int e = ITEM + s * GROUP_ITEMS;
    const int k = e % SLICE;
    // In most groups an item has the same term in all rows.
    if ((s == 0) | (GROUP_ITEMS % SLICE != 0)) term = term_at(slice, k, window);
    const int down = term.i * window->step;
    const int right = term.j * window->step;
    const int4 row = window->rows[min(e / SLICE, BLOCK_ROWS - 1)];
    const bool inside = e < BLOCK_ROWS * SLICE && k < slice->terms &&
                        (uint)(row.x + down) < (uint)window->height && (uint)(row.y + right) < (uint)window->width;
    next_left[s] = inside
        ? window->x[(long)(row.z + down * window->width + right) * window->pixel + term.channel] : 0.0f;
  }
  _Pragma("unroll") for (int s = 0; s < RIGHT_SHARE; ++s) {
    const int e = ITEM + s * GROUP_ITEMS;
    const int k = e / BLOCK_COLUMNS;
    const int column = e % BLOCK_COLUMNS;
    const Term one = term_at(slice, k, window);
    const int row = filters->first + one.i * filters->tap_h + one.j * filters->tap_w + one.channel;
    next_right[s] = k < slice->terms && column < filters->count
        ? filters->columns[AT(row, filters->stride) + (size_t)column] : 0.0f;
  }
}

GROUP_FUNCTION void stage_filters_slice(
    local float* left, local float4* right, const float next_left[LEFT_SHARE], const float next_right[RIGHT_SHARE]) {
  _Pragma("unroll") for (int s = 0; s < LEFT_SHARE; ++s) {
    const int e = ITEM + s * GROUP_ITEMS;
    if (e < BLOCK_ROWS * SLICE) left[e % SLICE * LEFT_LINE + e / SLICE] = next_left[s];
  }
  _Pragma("unroll") for (int s = 0; s < RIGHT_SHARE; ++s) {
    const int e = ITEM + s * GROUP_ITEMS;
    if (e < BLOCK_COLUMNS * SLICE)
      ((local float*)right)[e / BLOCK_COLUMNS * RIGHT_LINE * 4 + e % BLOCK_COLUMNS] = next_right[s];
  }
}

// total[r][v] = sum over taps and channels, ascending, of x * filters; order and chunks are those of correlate in
// convolution.cl. While a slice is computed the next one is on its way.
GROUP_FUNCTION void correlate_group(
    float16 total[TILE_ROWS][TILE_VECTORS], local float* left, local float4* right, const Window* window,
    const Filters* filters) {
  const int taps = window->taps_h * window->taps_w;
  const int chunk_taps = window->inner <= CHUNK ? CHUNK / window->inner : 1;
  float next_left[LEFT_SHARE];
  float next_right[RIGHT_SHARE];
  float16 acc[TILE_ROWS][TILE_VECTORS];
  TILE_ZERO(total)
  TILE_ZERO(acc)
  Slice slice = {0, 0, 0, 0, 0, 0};
  slice = sized_slice(slice, window, chunk_taps);
  // The rows of the block are known.
  barrier(CLK_LOCAL_MEM_FENCE);
  if (taps > 0) fetch_slice(next_left, next_right, &slice, window, filters);
  while (slice.tap < taps) {
    const int terms = slice.terms;
    barrier(CLK_LOCAL_MEM_FENCE);
    stage_filters_slice(left, right, next_left, next_right);
    barrier(CLK_LOCAL_MEM_FENCE);
    slice = next_slice(slice, window, chunk_taps);
    if (slice.tap < taps) fetch_slice(next_left, next_right, &slice, window, filters);
    // One loop: with another for whole slices compilers keep the tile twice, and spill it.
    _Pragma("unroll 1") for (int k = 0; k < terms; ++k) add_term(acc, left, right, k);
    if (slice.channel % CHUNK == 0 && (slice.channel > 0 || slice.tap % chunk_taps == 0 || slice.tap >= taps)) {
      TILE_ADD(total, acc)
      TILE_ZERO(acc)
    }
  }
}

// Pixel `row` of images of lines x columns.
typedef struct {
  int n, h, w;
} Pixel;

static inline Pixel pixel_at(int row, int lines, int columns) {
  const int line = row / columns;
  const Pixel pixel = {line / lines, line % lines, row % columns};
  return pixel;
}

// convolution_forward; a group per block of y.
#if defined(BUILD_ALL) || defined(BUILD_convolution_forward_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void convolution_forward_gpu(
    global float* restrict y,            // [N, OH, OW, G * M]
    global const float* restrict x,      // [N, H, W, G * C]
    global const float* restrict w,      // [KH, KW, C, G * M]
    global const float* restrict zeros,  // [C], for the other variant
    BIAS_PARAMETER
    int N, int H, int W, int C, int OH, int OW, int M, int G, int KH, int KW, int stride, int padding_h,
    int padding_w, int dilation TAIL_PARAMETERS) {
  (void)zeros;
  DECLARE_SLICES
  local int4 rows[BLOCK_ROWS];
  const int pixels = N * OH * OW;
  const int first = (int)get_group_id(0) * BLOCK_ROWS;
  const int blocks = (M + BLOCK_COLUMNS - 1) / BLOCK_COLUMNS;
  const int group = (int)get_group_id(1) / blocks;
  const int column = (int)get_group_id(1) % blocks * BLOCK_COLUMNS;
  for (int r = ITEM; r < BLOCK_ROWS; r += GROUP_ITEMS) {
    const Pixel at = pixel_at(first + r, OH, OW);
    const int h = at.h * stride - padding_h;
    const int left_w = at.w * stride - padding_w;
    rows[r] = (int4)(first + r < pixels ? h : NOWHERE, left_w, (at.n * H + h) * W + left_w, 0);
  }
  const Window window = {x + AT(group, C), rows, KH, KW, dilation, H, W, G * C, C};
  const Filters filters = {w + AT(group, M) + (size_t)column, 0, KW * C, C, G * M, M - column};
  float16 total[TILE_ROWS][TILE_VECTORS];
  correlate_group(total, left, right, &window, &filters);
  FOR_VECTORS {
    const int m = column + ITEM_COLUMN(v);
    if (m >= M) continue;
    const float16 shift = BIAS_COLUMNS(AT(group, M) + (size_t)m, M - m);
    FOR_ROWS {
      const int row = first + ITEM_ROW(r);
      if (row >= pixels) continue;
      const size_t at = AT(row, G * M) + AT(group, M) + (size_t)m;
      float16 out = BIAS ? total[r][v] + shift : total[r][v];
      TAIL(out, at, M - m)
      store_columns(out, y + at, M - m);
    }
  }
}
#endif

// The first tap k whose input position + offset - k * dilation is a multiple of stride; `taps` where there is none.
static inline int first_tap(int offset, int taps, int stride, int dilation) {
  int k = 0;
  while (k < taps && (offset - k * dilation) % stride != 0) ++k;
  return k;
}

// convolution_backward_input; a group per block of pixels of one phase.
#if defined(BUILD_ALL) || defined(BUILD_convolution_backward_input_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void convolution_backward_input_gpu(
    global float* restrict dx,           // [N, H, W, G * C]
    global const float* restrict dy,     // [N, OH, OW, G * M]
    global const float* restrict wt,     // [KH, KW, G, M, C]
    global const float* restrict zeros,  // [M], for the other variant
    int N, int H, int W, int C, int OH, int OW, int M, int G, int KH, int KW, int stride, int padding_h,
    int padding_w, int dilation GRADIENT_PARAMETERS) {
  (void)zeros;
  DECLARE_SLICES
  local int4 rows[BLOCK_ROWS];
  const int phase_h = (int)get_group_id(2) / stride;
  const int phase_w = (int)get_group_id(2) % stride;
  const int lines = (H - phase_h + stride - 1) / stride;
  const int columns = (W - phase_w + stride - 1) / stride;
  const int pixels = N * lines * columns;
  const int first = (int)get_group_id(0) * BLOCK_ROWS;
  // Other phases may have more pixels.
  const bool has_pixels = first < pixels;
  const int blocks = (C + BLOCK_COLUMNS - 1) / BLOCK_COLUMNS;
  const int group = (int)get_group_id(1) / blocks;
  const int column = (int)get_group_id(1) % blocks * BLOCK_COLUMNS;
  // The first tap that takes part, and the distance to the next.
  const int first_h = first_tap(phase_h + padding_h, KH, stride, dilation);
  const int first_w = first_tap(phase_w + padding_w, KW, stride, dilation);
  int apart = 1;
  while (apart * dilation % stride != 0) ++apart;
  for (int r = ITEM; r < BLOCK_ROWS; r += GROUP_ITEMS) {
    const Pixel at = pixel_at(first + r, max(lines, 1), max(columns, 1));
    const int h = (at.h * stride + phase_h + padding_h - first_h * dilation) / stride;
    const int left_w = (at.w * stride + phase_w + padding_w - first_w * dilation) / stride;
    rows[r] = (int4)(first + r < pixels ? h : NOWHERE, left_w, (at.n * OH + h) * OW + left_w, 0);
  }
  const Window window = {
      dy + AT(group, M), rows, has_pixels ? (KH - first_h + apart - 1) / apart : 0, (KW - first_w + apart - 1) / apart,
      -(apart * dilation / stride), OH, OW, G * M, M};
  const Filters filters = {
      wt + column, ((first_h * KW + first_w) * G + group) * M, apart * KW * G * M, apart * G * M, C, C - column};
  float16 total[TILE_ROWS][TILE_VECTORS];
  correlate_group(total, left, right, &window, &filters);
  FOR_VECTORS {
    const int c = column + ITEM_COLUMN(v);
    if (c >= C) continue;
    FOR_ROWS {
      const int row = first + ITEM_ROW(r);
      if (row >= pixels) continue;
      const Pixel pixel = pixel_at(row, lines, columns);
      const int h = pixel.h * stride + phase_h;
      const int w = pixel.w * stride + phase_w;
      const size_t at = (AT(AT(pixel.n, H) + (size_t)h, W) + (size_t)w) * (size_t)(G * C) + AT(group, C) + (size_t)c;
      float16 out = total[r][v];
      GRADIENT(out, at, C - c)
      store_columns(out, dx + at, C - c);
    }
  }
}
#endif
