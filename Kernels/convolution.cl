// lint: -DC=3 -DM=29 -DH=11 -DW=13 -DKH=3 -DKW=5 -DIN_HEIGHT=13 -DIN_WIDTH=17 -DORIGIN_H=0 -DORIGIN_W=0 -DOUT_HALO=2 -DMASK_HALO=1 -DTILE_ROWS=4 -DTILE_VECTORS=2 -DRELU=1 -DMASK=1
// lint: -DC=300 -DM=16 -DH=4 -DW=4 -DKH=1 -DKW=1 -DIN_HEIGHT=6 -DIN_WIDTH=6 -DORIGIN_H=1 -DORIGIN_W=1 -DOUT_HALO=0 -DMASK_HALO=0 -DTILE_ROWS=2 -DTILE_VECTORS=1 -DRELU=0 -DMASK=0
// 2-D convolution of stride 1, channels last, as an implicit matrix product.
// N examples, H x W output pixels, C input channels, M output channels, KH x KW taps.
//
// Images carry a halo of zeros in memory, so that no tap needs a bounds test: x is
// [N, IN_HEIGHT, IN_WIDTH, C], where tap (0, 0) of output pixel (h, w) reads (h + ORIGIN_H, w + ORIGIN_W);
// y is [N, H + 2 OUT_HALO, W + 2 OUT_HALO, M]. Padding takes part in the sums, as zeros.

#include "tile.h"
#include "exact.h"

#define TILES_PER_LINE ((W + TILE_ROWS - 1) / TILE_ROWS)
#define PIXEL_OF_ROW(r, first) ((W % TILE_ROWS) == 0 ? (first) + (r) : min((first) + (r), W - 1))

// Where a line of output pixels, and of the input pixels under their first tap, begins in memory.
#define OUTPUT_LINE(n, h, halo) PIXEL(n, h, 0, H, W, halo, M)
#define INPUT_LINE(n, h) ((AT(n, IN_HEIGHT) + (size_t)((h) + ORIGIN_H)) * IN_WIDTH + ORIGIN_W) * C

// Chunks of the inner dimension [KH, KW, C]: as many whole taps as CHUNK holds, or parts of one tap.
#define TAPS (KH * KW)
#define CHUNK_TAPS (C <= CHUNK ? CHUNK / C : 1)

// Chunks of the gradient of the filters, whose inner dimension is pixels: whole lines of one image.
#define CHUNK_LINES (W <= CHUNK ? CHUNK / W : 1)

// total[r][v] = sum over taps and channels, ascending in [KH, KW, C], of x * filters.
static inline void correlate(
    float16 total[TILE_ROWS][TILE_VECTORS], global const float* x,
    global const float* filters, int n, int h, int w, int column) {
  const int count = M - column;
  const bool guarded = count < TILE_COLUMNS;
  global const float* corner = x + INPUT_LINE(n, h);
  int offset[TILE_ROWS];
  FOR_ROWS offset[r] = PIXEL_OF_ROW(r, w) * C;
  TILE_ZERO(total)
  for (int first = 0; first < TAPS; first += CHUNK_TAPS) {
    for (int part = 0; part < C; part += CHUNK) {
      const int end = min(part + CHUNK, C);
      float16 acc[TILE_ROWS][TILE_VECTORS];
      TILE_ZERO(acc)
      for (int tap = first; tap < min(first + CHUNK_TAPS, TAPS); ++tap) {
        global const float* pixels = corner + ((tap / KW) * IN_WIDTH + tap % KW) * C;
        global const float* row = filters + (size_t)tap * C * M + column;
        if (!guarded) {
          for (int c = part; c < end; ++c) {
            float16 b[TILE_VECTORS];
            LOAD_VECTORS(b, row + AT(c, M), false, count)
            FOR_ROWS FOR_VECTORS acc[r][v] = fma((float16)(pixels[offset[r] + c]), b[v], acc[r][v]);
          }
        } else {
          for (int c = part; c < end; ++c) {
            float16 b[TILE_VECTORS];
            LOAD_VECTORS(b, row + AT(c, M), true, count)
            FOR_ROWS FOR_VECTORS acc[r][v] = fma((float16)(pixels[offset[r] + c]), b[v], acc[r][v]);
          }
        }
      }
      TILE_ADD(total, acc)
    }
  }
}

// y[n, h, w, m] = bias[m] + sum over taps, channels of x * filters, then ReLU where RELU.
// One work-item per tile of pixels of one line: dimension 0 counts tiles, 1 tiles of channels.
#if defined(BUILD_ALL) || defined(BUILD_convolution_forward)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void convolution_forward(
    global float* restrict y,              // [N, H + 2 OUT_HALO, W + 2 OUT_HALO, M]
    global const float* restrict x,        // [N, IN_HEIGHT, IN_WIDTH, C]
    global const float* restrict filters,  // [KH, KW, C, M]
    global const float* restrict bias,     // [M]
    int N) {
  const int tile = (int)get_global_id(0);
  const int w = (tile % TILES_PER_LINE) * TILE_ROWS;
  const int h = (tile / TILES_PER_LINE) % H;
  const int n = tile / (TILES_PER_LINE * H);
  const int column = (int)get_global_id(1) * TILE_COLUMNS;
  if (n >= N || column >= M) return;
  float16 total[TILE_ROWS][TILE_VECTORS];
  correlate(total, x, filters, n, h, w, column);
  global float* line = y + OUTPUT_LINE(n, h, OUT_HALO);
  FOR_VECTORS {
    const int c = column + v * COLUMNS;
    const float16 b = load_columns(bias + min(c, M - 1), M - c);
    FOR_ROWS {
      if (w + r >= W || c >= M) continue;
      float16 out = total[r][v] + b;
      if (RELU) out = select(out, (float16)(0.0f), out <= 0.0f);
      store_columns(out, line + (w + r) * M + c, M - c);
    }
  }
}
#endif

// dx[n, h, w, m] = sum over taps, channels of dy * turned filters, zero where MASK and x <= 0 (the ReLU
// that made x). The same sum as convolution_forward with the roles of input and output exchanged: here
// H x W are the pixels of dx, M its channels, C the channels of dy. One work-item per tile.
#if defined(BUILD_ALL) || defined(BUILD_convolution_backward_input)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void convolution_backward_input(
    global float* restrict dx,             // [N, H + 2 OUT_HALO, W + 2 OUT_HALO, M]
    global const float* restrict dy,       // [N, IN_HEIGHT, IN_WIDTH, C]
    global const float* restrict turned,   // [KH, KW, C, M]
    global const float* restrict x,        // [N, H + 2 MASK_HALO, W + 2 MASK_HALO, M]
    int N) {
  const int tile = (int)get_global_id(0);
  const int w = (tile % TILES_PER_LINE) * TILE_ROWS;
  const int h = (tile / TILES_PER_LINE) % H;
  const int n = tile / (TILES_PER_LINE * H);
  const int column = (int)get_global_id(1) * TILE_COLUMNS;
  if (n >= N || column >= M) return;
  float16 total[TILE_ROWS][TILE_VECTORS];
  correlate(total, dy, turned, n, h, w, column);
  global float* line = dx + OUTPUT_LINE(n, h, OUT_HALO);
  global const float* mask = x + OUTPUT_LINE(n, h, MASK_HALO);
  FOR_VECTORS {
    const int c = column + v * COLUMNS;
    FOR_ROWS {
      if (w + r >= W || c >= M) continue;
      float16 out = total[r][v];
      if (MASK) out = select((float16)(0.0f), out, load_columns(mask + (w + r) * M + c, M - c) > 0.0f);
      store_columns(out, line + (w + r) * M + c, M - c);
    }
  }
}
#endif

// turned[a, b, c, m] = filters[KH - 1 - a, KW - 1 - b, m, c]. One work-item per tap and 16 channels c.
#if defined(BUILD_ALL) || defined(BUILD_convolution_turn_filters)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void convolution_turn_filters(
    global float* restrict turned,           // [KH, KW, C, M]
    global const float* restrict filters) {  // [KH, KW, M, C]
  const int tap = (int)get_global_id(0);
  const int first = (int)get_global_id(1) * COLUMNS;
  global const float* from = filters + (size_t)(TAPS - 1 - tap) * M * C;
  global float* to = turned + (size_t)tap * C * M;
  for (int c = first; c < min(first + COLUMNS, C); ++c)
    for (int m = 0; m < M; ++m) (to + AT(c, M))[m] = (from + AT(m, C))[c];
}
#endif

// sums[kh, kw, c, m] += sum over the grain's examples and pixels of x * dy, rounded to integers per grain.
// Examples, lines and pixels ascend inside a grain. One work-item per tile of [KH * KW * C, M].
#if defined(BUILD_ALL) || defined(BUILD_convolution_backward_filters)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void convolution_backward_filters(
    global long* restrict sums,        // [KH, KW, C, M]
    volatile global int* magnitude,    // [1]
    global const float* restrict x,    // [N, IN_HEIGHT, IN_WIDTH, C]
    global const float* restrict dy,   // [N, H + 2 OUT_HALO, W + 2 OUT_HALO, M]
    int N, int grain, float scale, int limit, int accumulate) {
  const int row = (int)get_global_id(0) * TILE_ROWS;
  const int column = (int)get_global_id(1) * TILE_COLUMNS;
  if (row >= TAPS * C || column >= M) return;
  const int count = M - column;
  const bool guarded = count < TILE_COLUMNS;
  int offset[TILE_ROWS];
  FOR_ROWS {
    const int tap = min(row + r, TAPS * C - 1) / C;
    offset[r] = ((tap / KW) * IN_WIDTH + tap % KW) * C + min(row + r, TAPS * C - 1) % C;
  }
  EXACT_TILE_BEGIN
  for (int first = 0; first < N; first += grain) {
    float16 total[TILE_ROWS][TILE_VECTORS];
    TILE_ZERO(total)
    for (int n = first; n < min(first + grain, N); ++n) {
      for (int chunk = 0; chunk < H; chunk += CHUNK_LINES) {
        float16 acc[TILE_ROWS][TILE_VECTORS];
        TILE_ZERO(acc)
        for (int h = chunk; h < min(chunk + CHUNK_LINES, H); ++h) {
          global const float* pixel = x + INPUT_LINE(n, h);
          global const float* line = dy + OUTPUT_LINE(n, h, OUT_HALO) + column;
          for (int w = 0; w < W; ++w) {
            float16 b[TILE_VECTORS];
            LOAD_VECTORS(b, line + AT(w, M), guarded, count)
            FOR_ROWS FOR_VECTORS acc[r][v] = fma((float16)(pixel[w * C + offset[r]]), b[v], acc[r][v]);
          }
        }
        TILE_ADD(total, acc)
      }
    }
    EXACT_TILE_ADD(total, scale)
  }
  EXACT_TILE_END(sums, row, TAPS * C, column, M, magnitude, limit, accumulate)
}
#endif
