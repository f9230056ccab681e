// lint: -DTILE_ROWS=4 -DTILE_VECTORS=2 -DTILE_TAPS=3
// The gradient of a convolution's filters. Shapes as in convolution.cl.
//
// Chunks of the inner dimension, which is pixels, are CHUNK_LINES whole output lines of one image. Taps outside of
// the image take no part.

#ifndef TILE_ROWS
#define TILE_ROWS 1
#define TILE_VECTORS 1
#endif
#ifndef TILE_TAPS
#define TILE_TAPS 1
#endif
#include "tile.h"
#include "exact.h"

#define FOR_TAPS for (int t = 0; t < taps; ++t)

// The output pixels [first, last) of `outputs` whose tap at `offset` (padding taken off) lies inside of `inputs`.
static inline int first_inside(int offset, int stride) { return max(0, (stride - 1 - offset) / stride); }
static inline int last_inside(int offset, int stride, int inputs, int outputs) {
  return min(outputs, max(0, inputs - offset + stride - 1) / stride);
}

// acc[r][v] += sum over the output pixels [from, to) of one line of x[rows] * dy[columns].
#define PIXELS(guarded)                                                                                   \
  for (int ow = from; ow < to; ++ow, b += dy_pixel, a += x_pixel) {                                       \
    float16 y[TILE_VECTORS];                                                                              \
    LOAD_VECTORS(y, b, guarded, M - column)                                                               \
    FOR_ROWS FOR_VECTORS acc[r][v] =                                                                      \
        fma((float16)(a[(guarded) ? min(r, C - 1 - row) : r]), y[v], acc[r][v]);                          \
  }

// sums[kh, kw, c, g, m] += sum over the grain's examples and output pixels of x * dy, rounded to integers per grain.
// Examples, lines and pixels ascend inside a grain of `grain` examples.
// One work-item per tile of TILE_ROWS channels c, of TILE_TAPS taps: they take turns over the chunks, which so stay
// in the cache; their sums wait in memory. Dimension 0 counts tiles of C channels, 1 tiles of M channels of each
// group, 2 groups of TILE_TAPS of the KH * KW taps.
#if defined(BUILD_ALL) || defined(BUILD_convolution_backward_filters)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void convolution_backward_filters(
    global long* restrict sums,        // [KH, KW, C, G * M]
    volatile global int* magnitude,    // [1]
    global const float* restrict x,    // [N, H, W, G * C]
    global const float* restrict dy,   // [N, OH, OW, G * M]
    int N, int grain, int H, int W, int C, int OH, int OW, int M, int G, int KH, int KW, int stride, int padding_h,
    int padding_w, int dilation, float scale, int limit, int accumulate) {
  const int row = (int)get_global_id(0) * TILE_ROWS;
  const int tiles = (M + TILE_COLUMNS - 1) / TILE_COLUMNS;
  const int group = (int)get_global_id(1) / tiles;
  const int column = (int)get_global_id(1) % tiles * TILE_COLUMNS;
  const int first_tap = (int)get_global_id(2) * TILE_TAPS;
  const int taps = min(TILE_TAPS, KH * KW - first_tap);
  if (row >= C || group >= G || taps <= 0) return;
  const bool edge = M - column < TILE_COLUMNS || row + TILE_ROWS > C;
  const int chunk_lines = OW <= CHUNK ? CHUNK / OW : 1;
  const size_t x_pixel = AT(stride, G * C);
  const size_t dy_pixel = (size_t)(G * M);
  // How many pixels of x and dy allow unguarded reads of a tile.
  const int open_x = open_rows(N * H * W, G * C, group * C + row + TILE_ROWS);
  const int open_dy = open_rows(N * OH * OW, G * M, group * M + column + TILE_COLUMNS);
  x += AT(group, C) + (size_t)row;
  dy += AT(group, M) + (size_t)column;
  float16 total[TILE_TAPS][TILE_ROWS][TILE_VECTORS];
  float16 high[TILE_TAPS][TILE_ROWS][TILE_VECTORS];
  float16 low[TILE_TAPS][TILE_ROWS][TILE_VECTORS];
  int16 worst = (int16)(0);
  int pending = 0;
  FOR_TAPS {
    TILE_ZERO(high[t])
    TILE_ZERO(low[t])
  }
  for (int first = 0; first < N; first += grain) {
    FOR_TAPS TILE_ZERO(total[t])
    for (int n = first; n < min(first + grain, N); ++n) {
      for (int chunk = 0; chunk < OH; chunk += chunk_lines) {
        FOR_TAPS {
          const int offset_h = (first_tap + t) / KW * dilation - padding_h;
          const int offset_w = (first_tap + t) % KW * dilation - padding_w;
          const int begin = max(chunk, first_inside(offset_h, stride));
          const int end = min(chunk + chunk_lines, last_inside(offset_h, stride, H, OH));
          const int from = first_inside(offset_w, stride);
          const int to = last_inside(offset_w, stride, W, OW);
          float16 acc[TILE_ROWS][TILE_VECTORS];
          TILE_ZERO(acc)
          for (int oh = begin; oh < end; ++oh) {
            const int x_at = (n * H + oh * stride + offset_h) * W + from * stride + offset_w;
            const int dy_at = (n * OH + oh) * OW + from;
            global const float* a = x + AT(x_at, G * C);
            global const float* b = dy + AT(dy_at, G * M);
            const int length = to - from;
            if (dy_at + length <= open_dy && x_at + (length - 1) * stride < open_x) {
              PIXELS(false)
            } else {
              PIXELS(true)
            }
          }
          TILE_ADD(total[t], acc)
        }
      }
    }
    const bool flush = ++pending == EXACT_FLUSH || first + grain >= N;
    FOR_TAPS {
      if (edge) TILE_MASK(total[t], row, C, column, M)
      EACH_ROW EACH_VECTOR {
        worst = max(worst, MAGNITUDE(total[t][r][v]));
        EXACT_ADD(high[t][r][v], low[t][r][v], total[t][r][v], scale)
      }
      if (flush) {
        EACH_VECTOR {
          const int m = column + v * COLUMNS;
          EACH_ROW if (row + r < C && m < M) add_sums(
              sums + AT((first_tap + t) * C + row + r, G * M) + AT(group, M) + m,
              convert_long16(high[t][r][v]) + convert_long16(low[t][r][v]), M - m, accumulate);
        }
        TILE_ZERO(high[t])
        TILE_ZERO(low[t])
      }
    }
    if (flush) {
      pending = 0;
      accumulate = 1;
    }
  }
  report_magnitude(magnitude, worst, limit);
}
#endif

// The same sums for few input channels (C < TILE_ROWS): the rows of a tile are rows of [KH * KW * C], over several
// taps. One work-item per tile: dimension 0 counts tiles of KH * KW * C rows, 1 tiles of M channels of each group.
#if defined(BUILD_ALL) || defined(BUILD_convolution_backward_filters_few)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void convolution_backward_filters_few(
    global long* restrict sums,        // [KH, KW, C, G * M]
    volatile global int* magnitude,    // [1]
    global const float* restrict x,    // [N, H, W, G * C]
    global const float* restrict dy,   // [N, OH, OW, G * M]
    int N, int grain, int H, int W, int C, int OH, int OW, int M, int G, int KH, int KW, int stride, int padding_h,
    int padding_w, int dilation, float scale, int limit, int accumulate) {
  const int rows = KH * KW * C;
  const int row = (int)get_global_id(0) * TILE_ROWS;
  const int tiles = (M + TILE_COLUMNS - 1) / TILE_COLUMNS;
  const int group = (int)get_global_id(1) / tiles;
  const int column = (int)get_global_id(1) % tiles * TILE_COLUMNS;
  if (row >= rows || group >= G) return;
  const bool edge = M - column < TILE_COLUMNS || row + TILE_ROWS > rows;
  const int chunk_lines = OW <= CHUNK ? CHUNK / OW : 1;
  const int open_dy = open_rows(N * OH * OW, G * M, group * M + column + TILE_COLUMNS);
  dy += AT(group, M) + (size_t)column;
  // Where row r reads x, from the pixel under tap (0, 0) without padding; and for which output pixels of a line all
  // rows lie inside of the image.
  int offset_h[TILE_ROWS], offset_w[TILE_ROWS];
  long offset[TILE_ROWS];
  int from = 0;
  int to = OW;
  FOR_ROWS {
    const int tap = min(row + r, rows - 1) / C;
    offset_h[r] = tap / KW * dilation - padding_h;
    offset_w[r] = tap % KW * dilation - padding_w;
    offset[r] = (long)(offset_h[r] * W + offset_w[r]) * (G * C) + group * C + min(row + r, rows - 1) % C;
    from = max(from, first_inside(offset_w[r], stride));
    to = min(to, last_inside(offset_w[r], stride, W, OW));
  }
  EXACT_TILE_BEGIN
  for (int first = 0; first < N; first += grain) {
    float16 total[TILE_ROWS][TILE_VECTORS];
    TILE_ZERO(total)
    for (int n = first; n < min(first + grain, N); ++n) {
      for (int chunk = 0; chunk < OH; chunk += chunk_lines) {
        float16 acc[TILE_ROWS][TILE_VECTORS];
        TILE_ZERO(acc)
        for (int oh = chunk; oh < min(chunk + chunk_lines, OH); ++oh) {
          const int dy_at = (n * OH + oh) * OW;
          bool inside = dy_at + OW <= open_dy;
          FOR_ROWS inside = inside && (uint)(oh * stride + offset_h[r]) < (uint)H;
          const int fast = inside ? from : OW;
          const int slow = inside ? max(from, to) : OW;
          int ow = 0;
          // The left border, or the whole line; the inside; the right border.
          for (int part = 0; part < 2; ++part) {
            for (const int stop = part == 0 ? fast : OW; ow < stop; ++ow) {
              FOR_VECTORS {
                const float16 b = load_columns(
                    dy + AT(dy_at + ow, G * M) + v * COLUMNS, M - column - v * COLUMNS);
                FOR_ROWS {
                  if ((uint)(oh * stride + offset_h[r]) >= (uint)H) continue;
                  if ((uint)(ow * stride + offset_w[r]) >= (uint)W) continue;
                  global const float* a = x + AT((n * H + oh * stride) * W + ow * stride, G * C);
                  acc[r][v] = fma((float16)(a[offset[r]]), b, acc[r][v]);
                }
              }
            }
            if (part == 1) break;
            global const float* a = x + AT((n * H + oh * stride) * W + ow * stride, G * C);
            global const float* b = dy + AT(dy_at + ow, G * M);
            for (; ow < slow; ++ow, a += stride * G * C, b += G * M) {
              float16 y[TILE_VECTORS];
              LOAD_VECTORS(y, b, false, 0)
              FOR_ROWS FOR_VECTORS acc[r][v] = fma((float16)(a[offset[r]]), y[v], acc[r][v]);
            }
          }
        }
        TILE_ADD(total, acc)
      }
    }
    if (edge) TILE_MASK(total, row, rows, column, M)
    EXACT_TILE_ADD(total, scale)
  }
  EXACT_TILE_FLUSH
  FOR_VECTORS {
    const int m = column + v * COLUMNS;
    FOR_ROWS if (row + r < rows && m < M)
        add_sums(sums + AT(row + r, G * M) + AT(group, M) + m, exact[r][v], M - m, accumulate);
  }
  report_magnitude(magnitude, worst, limit);
}
#endif
