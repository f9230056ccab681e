// lint: -DTILE_ROWS=4 -DTILE_VECTORS=2 -DBIAS=1
// lint: -DTILE_ROWS=2 -DTILE_VECTORS=1 -DTAIL_FIRST=3 -DTAIL_SAVES=1 -DTAIL_DROPOUT=1 -DTAIL_ADDS=1 -DGRADIENT_ADDS=1 -DGRADIENT_ACTIVATION=1
// 2-D convolution, channels last, as an implicit matrix product; its filters' gradient is in filters.cl.
// N examples, H x W input pixels, OH x OW output pixels, KH x KW taps `dilation` pixels apart,
// G groups of C input and M output channels. Tap (kh, kw) of output pixel (oh, ow) reads input pixel
// (oh * stride - padding_h + kh * dilation, ow * stride - padding_w + kw * dilation); one outside of the image
// contributes fma(0, w, sum), on every device and in every tile.

#ifndef TILE_ROWS
#define TILE_ROWS 1
#define TILE_VECTORS 1
#endif
#include "tile.h"
#include "tail.h"
#include "transpose.h"

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

typedef struct {
  int n, h, w;
} Pixel;

// Pixel `row` of images of lines x columns, and the one after it; divisions are dear.
static inline Pixel pixel_at(int row, int lines, int columns) {
  const int line = row / columns;
  const Pixel pixel = {line / lines, line % lines, row % columns};
  return pixel;
}
static inline Pixel next_pixel(Pixel p, int lines, int columns) {
  const bool turn = p.w + 1 == columns;
  const bool leave = turn & (p.h + 1 == lines);
  const Pixel next = {leave ? p.n + 1 : p.n, leave ? 0 : turn ? p.h + 1 : p.h, turn ? 0 : p.w + 1};
  return next;
}

// The pixels that the taps of one tile read. Row r's tap (i, j) is pixel (h[r] + i * step, w[r] + j * step) of an
// image whose pixels hold `pixel` floats, `inner` of them for this group; that of tap (0, 0) would be at
// corner[r] floats from x.
typedef struct {
  global const float* x;
  long corner[TILE_ROWS];
  int h[TILE_ROWS], w[TILE_ROWS];
  int taps_h, taps_w, step;
  int height, width, pixel, inner;
} Window;

// The filters as a matrix of rows of `stride` floats, of which this tile takes `count` from `columns` on: those of
// tap (i, j) begin at row first + i * tap_h + j * tap_w. The first `open` rows may be read unguarded.
typedef struct {
  global const float* columns;
  int first, tap_h, tap_w, stride, count, open;
} Filters;

#define TERMS(from, to, guarded)                                                              \
  for (int c = from; c < to; ++c, b += filters->stride) {                                        \
    float16 y[TILE_VECTORS];                                                                  \
    LOAD_VECTORS(y, b, guarded, filters->count)                                               \
    FOR_ROWS FOR_VECTORS acc[r][v] = fma((float16)(line[r][c]), y[v], acc[r][v]);             \
  }

// total[r][v] = sum over taps and channels, ascending, of x * filters. Chunks of the inner dimension: as many
// whole taps as CHUNK holds, or parts of one tap.
static inline void correlate(
    float16 total[TILE_ROWS][TILE_VECTORS], const Window* window, const Filters* filters,
    global const float* zeros) {
  const int inner = window->inner;
  const int taps = window->taps_h * window->taps_w;
  const int chunk_taps = inner <= CHUNK ? CHUNK / inner : 1;
  TILE_ZERO(total)
  for (int first = 0; first < taps; first += chunk_taps) {
    for (int part = 0; part < inner; part += CHUNK) {
      const int end = min(part + CHUNK, inner);
      float16 acc[TILE_ROWS][TILE_VECTORS];
      TILE_ZERO(acc)
      int i = first / window->taps_w;
      int j = first % window->taps_w;
      for (int tap = first; tap < min(first + chunk_taps, taps); ++tap) {
        const int down = i * window->step;
        const int right = j * window->step;
        const long there = (long)(down * window->width + right) * window->pixel;
        global const float* line[TILE_ROWS];
        FOR_ROWS {
          const bool inside = ((uint)(window->h[r] + down) < (uint)window->height) &
                              ((uint)(window->w[r] + right) < (uint)window->width);
          line[r] = inside ? window->x + (window->corner[r] + there) : zeros;
        }
        const int row = filters->first + i * filters->tap_h + j * filters->tap_w;
        const int middle = clamp(filters->open - row, part, end);
        global const float* b = filters->columns + AT(row + part, filters->stride);
        TERMS(part, middle, false)
        TERMS(middle, end, true)
        if (++j == window->taps_w) {
          j = 0;
          ++i;
        }
      }
      TILE_ADD(total, acc)
    }
  }
}

// y[n, oh, ow, g, m] = tail of bias[g, m] + sum over taps, channels c of group g of x * w; the bias where BIAS.
// One work-item per tile: its rows are consecutive output pixels over lines and images. Dimension 0 counts tiles
// of N * OH * OW pixels, 1 tiles of M channels of each group.
#if defined(BUILD_ALL) || defined(BUILD_convolution_forward)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void convolution_forward(
    global float* restrict y,            // [N, OH, OW, G * M]
    global const float* restrict x,      // [N, H, W, G * C]
    global const float* restrict w,      // [KH, KW, C, G * M]
    global const float* restrict zeros,  // [C]
    BIAS_PARAMETER
    int N, int H, int W, int C, int OH, int OW, int M, int G, int KH, int KW, int stride, int padding_h,
    int padding_w, int dilation TAIL_PARAMETERS) {
  const int pixels = N * OH * OW;
  const int row = (int)get_global_id(0) * TILE_ROWS;
  const int tiles = (M + TILE_COLUMNS - 1) / TILE_COLUMNS;
  const int group = (int)get_global_id(1) / tiles;
  const int column = (int)get_global_id(1) % tiles * TILE_COLUMNS;
  if (row >= pixels || group >= G) return;
  Window window;
  Pixel at = pixel_at(row, OH, OW);
  FOR_ROWS {
    window.h[r] = at.h * stride - padding_h;
    window.w[r] = at.w * stride - padding_w;
    window.corner[r] = ((long)(at.n * H + window.h[r]) * W + window.w[r]) * (G * C);
    if (row + r < pixels - 1) at = next_pixel(at, OH, OW);
  }
  window.x = x + AT(group, C);
  window.taps_h = KH;
  window.taps_w = KW;
  window.step = dilation;
  window.height = H;
  window.width = W;
  window.pixel = G * C;
  window.inner = C;
  Filters filters;
  filters.columns = w + AT(group, M) + column;
  filters.first = 0;
  filters.tap_h = KW * C;
  filters.tap_w = C;
  filters.stride = G * M;
  filters.count = M - column;
  filters.open = open_rows(KH * KW * C, G * M, group * M + column + TILE_COLUMNS);
  float16 total[TILE_ROWS][TILE_VECTORS];
  correlate(total, &window, &filters, zeros);
  EACH_VECTOR {
    const int m = column + v * COLUMNS;
    if (m >= M) continue;
    const float16 b = BIAS_COLUMNS(group * M + m, M - m);
    EACH_ROW {
      if (row + r >= pixels) continue;
      const size_t at = AT(row + r, G * M) + (size_t)(group * M + m);
      float16 out = BIAS ? total[r][v] + b : total[r][v];
      TAIL(out, at, M - m)
      store_columns(out, y + at, M - m);
    }
  }
}
#endif

// The smallest tap k of K with (position - k * dilation) divisible by stride; K if there is none.
static inline int first_tap(int position, int K, int stride, int dilation) {
  int k = 0;
  while (k < K && (position - k * dilation) % stride != 0) ++k;
  return k;
}

// dx[n, h, w, g, c] = gradient tail of sum over taps, channels m of dy * wt, where tap (kh, kw) reads output pixel
// ((h + padding_h - kh * dilation) / stride, (w + padding_w - kw * dilation) / stride); taps for which that is
// no whole number take no part. Chunks count the taps that take part.
// One work-item per tile: its rows are consecutive pixels of one phase (h mod stride, w mod stride), so all have
// the same taps. Dimension 0 counts tiles of the N * ceil(H / stride) * ceil(W / stride) pixels of phase 0,
// 1 tiles of C channels of each group, 2 the stride * stride phases.
#if defined(BUILD_ALL) || defined(BUILD_convolution_backward_input)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void convolution_backward_input(
    global float* restrict dx,           // [N, H, W, G * C]
    global const float* restrict dy,     // [N, OH, OW, G * M]
    global const float* restrict wt,     // [KH, KW, G, M, C]
    global const float* restrict zeros,  // [M]
    int N, int H, int W, int C, int OH, int OW, int M, int G, int KH, int KW, int stride, int padding_h,
    int padding_w, int dilation GRADIENT_PARAMETERS) {
  const int phase_h = (int)get_global_id(2) / stride;
  const int phase_w = (int)get_global_id(2) % stride;
  const int lines = (H - phase_h + stride - 1) / stride;
  const int columns = (W - phase_w + stride - 1) / stride;
  const int pixels = N * lines * columns;
  const int row = (int)get_global_id(0) * TILE_ROWS;
  const int tiles = (C + TILE_COLUMNS - 1) / TILE_COLUMNS;
  const int group = (int)get_global_id(1) / tiles;
  const int column = (int)get_global_id(1) % tiles * TILE_COLUMNS;
  if (phase_h >= stride || row >= pixels || group >= G) return;
  // The first tap that takes part, and the distance to the next.
  const int first_h = first_tap(phase_h + padding_h, KH, stride, dilation);
  const int first_w = first_tap(phase_w + padding_w, KW, stride, dilation);
  int apart = 1;
  while (apart * dilation % stride != 0) ++apart;
  Window window;
  size_t target[TILE_ROWS];
  Pixel at = pixel_at(row, lines, columns);
  FOR_ROWS {
    const int h = at.h * stride + phase_h;
    const int w = at.w * stride + phase_w;
    target[r] = (AT(AT(at.n, H) + (size_t)h, W) + (size_t)w) * (size_t)(G * C) + AT(group, C) + (size_t)column;
    window.h[r] = (h + padding_h - first_h * dilation) / stride;
    window.w[r] = (w + padding_w - first_w * dilation) / stride;
    window.corner[r] = ((long)(at.n * OH + window.h[r]) * OW + window.w[r]) * (G * M);
    if (row + r < pixels - 1) at = next_pixel(at, lines, columns);
  }
  window.x = dy + AT(group, M);
  window.taps_h = (KH - first_h + apart - 1) / apart;
  window.taps_w = (KW - first_w + apart - 1) / apart;
  window.step = -(apart * dilation / stride);
  window.height = OH;
  window.width = OW;
  window.pixel = G * M;
  window.inner = M;
  Filters filters;
  filters.columns = wt + column;
  filters.first = ((first_h * KW + first_w) * G + group) * M;
  filters.tap_h = apart * KW * G * M;
  filters.tap_w = apart * G * M;
  filters.stride = C;
  filters.count = C - column;
  filters.open = open_rows(KH * KW * G * M, C, column + TILE_COLUMNS);
  float16 total[TILE_ROWS][TILE_VECTORS];
  correlate(total, &window, &filters, zeros);
  EACH_VECTOR {
    const int c = column + v * COLUMNS;
    if (c >= C) continue;
    EACH_ROW {
      if (row + r >= pixels) continue;
      const size_t at = target[r] + (size_t)(v * COLUMNS);
      float16 out = total[r][v];
      GRADIENT(out, at, C - c)
      store_columns(out, dx + at, C - c);
    }
  }
}
#endif

// wt[kh, kw, g, m, c] = w[kh, kw, c, g, m]. One work-item per block of COLUMNS channels c and COLUMNS channels m:
// dimension 0 counts blocks of c, 1 blocks of m of each group, 2 the KH * KW taps.
#if defined(BUILD_ALL) || defined(BUILD_convolution_transpose_filters)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void convolution_transpose_filters(
    global float* restrict wt,       // [KH, KW, G, M, C]
    global const float* restrict w,  // [KH, KW, C, G * M]
    int C, int M, int G, int KH, int KW) {
  const int blocks = (M + COLUMNS - 1) / COLUMNS;
  const int c = (int)get_global_id(0) * COLUMNS;
  const int group = (int)get_global_id(1) / blocks;
  const int m = (int)get_global_id(1) % blocks * COLUMNS;
  const int tap = (int)get_global_id(2);
  if (c >= C || group >= G || tap >= KH * KW) return;
  transpose_block(
      wt + (AT(AT(tap, G) + (size_t)group, M) + (size_t)m) * (size_t)C + c, C,
      w + AT(AT(tap, C) + (size_t)c, G * M) + AT(group, M) + m, G * M, C - c, M - m);
}
#endif
