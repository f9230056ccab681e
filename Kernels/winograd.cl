// lint: -DTILE_ROWS=8 -DTILE_VECTORS=2 -DBIAS=1
// lint: -DTILE_ROWS=4 -DTILE_VECTORS=1 -DTAIL_FIRST=3 -DTAIL_SAVES=1 -DTAIL_DROPOUT=1 -DTAIL_ADDS=1 -DGRADIENT_ADDS=1 -DGRADIENT_ACTIVATION=1
// 3 x 3 convolution with stride 1, channels last, by Winograd's filtering: what that is, and the order of its sums,
// says winograd.h. The gradient of its filters is in winograd_filters.cl.
// N examples, H x W input pixels with C channels, OH x OW output pixels with M channels.
//
// A work-item takes BLOCK_ROWS tiles and BLOCK_VECTORS vectors of output channels. It transforms a chunk of the input's
// channels into private memory, which the caches hold, multiplies it by the filters of all 16 places, and goes on with
// the next chunk; then the sums are transformed into outputs, which end with the tail.

#ifndef TILE_ROWS
#define TILE_ROWS 1
#define TILE_VECTORS 1
#endif
#ifndef BLOCK_ROWS
#define BLOCK_ROWS TILE_ROWS
#endif
#ifndef BLOCK_VECTORS
#define BLOCK_VECTORS TILE_VECTORS
#endif
#include "winograd.h"
#include "tail.h"
#include "transpose.h"

#if BLOCK_ROWS % TILE_ROWS || BLOCK_VECTORS % TILE_VECTORS
#error "a block is a whole number of register tiles"
#endif

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

// products[p, t, v] = sum over channels, ascending in chunks, of (B' d B)[p, tile t, c] * u[v, p, c], for the tiles
// first .. first + BLOCK_ROWS - 1 (behind the last tile that one again) and `vectors` vectors of outputs at u.
static inline void multiply_places(
    float16 products[PLACES][BLOCK_ROWS * BLOCK_VECTORS + 1], global const float* x, global const float* u, int first,
    int tiles, int lines, int columns, int height, int width, int channels, int padding_h, int padding_w,
    int vectors) {
  float16 inputs[PLACES][BLOCK_ROWS * CHUNK_VECTORS + 1];
  for (int chunk = 0; chunk < channels; chunk += WINOGRAD_CHUNK) {
    const int terms = min(WINOGRAD_CHUNK, channels - chunk);
    for (int t = 0; t < BLOCK_ROWS; ++t) {
      const TileCorner corner = tile_corner(min(first + t, tiles - 1), lines, columns);
      global const float* image = x + AT(corner.n, height * width) * (size_t)channels + chunk;
      for (int c = 0; c < terms; c += COLUMNS) {
        float16 d[PLACES];
        load_patch(d, image + c, 2 * corner.i - padding_h, 2 * corner.j - padding_w, height, width, channels, terms - c);
        transform_inputs(d);
        _Pragma("unroll") for (int p = 0; p < PLACES; ++p) inputs[p][t * CHUNK_VECTORS + c / COLUMNS] = d[p];
      }
    }
    for (int vector = 0; vector < vectors; vector += TILE_VECTORS) {
      for (int p = 0; p < PLACES; ++p) {
        global const float* filters = u + AT(AT(vector, PLACES) + (size_t)p, channels) * COLUMNS + AT(chunk, COLUMNS);
        const size_t next = AT(PLACES, channels) * COLUMNS;
        for (int t = 0; t < BLOCK_ROWS; t += TILE_ROWS) {
          float16 acc[TILE_ROWS][TILE_VECTORS];
          TILE_ZERO(acc)
          for (int c = 0; c < terms; ++c) {
            float16 b[TILE_VECTORS];
            FOR_VECTORS b[v] = vload16((size_t)c, filters + (size_t)v * next);
            FOR_ROWS FOR_VECTORS acc[r][v] =
                fma((float16)(((const float*)(inputs[p] + (t + r) * CHUNK_VECTORS))[c]), b[v], acc[r][v]);
          }
          if (chunk == 0) {
            FOR_ROWS FOR_VECTORS products[p][(t + r) * BLOCK_VECTORS + vector + v] = acc[r][v];
          } else {
            FOR_ROWS FOR_VECTORS products[p][(t + r) * BLOCK_VECTORS + vector + v] += acc[r][v];
          }
        }
      }
    }
  }
}

// The outputs of one tile and vector: `out`, which belongs at offset `at` and has `count` channels, goes through
// `finish`, for each of the four pixels that lie inside of height x width.
#define FINISH_TILES(target, lines, columns, tiles, height, width, channels, finish)                       \
  for (int t = 0; t < min(BLOCK_ROWS, (tiles) - first); ++t) {                                            \
    const TileCorner corner = tile_corner(first + t, lines, columns);                                      \
    for (int v = 0; v < vectors; ++v) {                                                                    \
      const int channel = (vector + v) * COLUMNS;                                                          \
      const int count = (channels) - channel;                                                              \
      float16 m[PLACES], pixels[4];                                                                        \
      _Pragma("unroll") for (int p = 0; p < PLACES; ++p) m[p] = products[p][t * BLOCK_VECTORS + v];                         \
      transform_outputs(pixels, m);                                                                        \
      for (int k = 0; k < 4; ++k) {                                                                        \
        const int h = 2 * corner.i + k / 2;                                                                \
        const int w = 2 * corner.j + k % 2;                                                                \
        if (h >= (height) || w >= (width)) continue;                                                       \
        const size_t at = (AT(AT(corner.n, height) + (size_t)h, width) + (size_t)w) * (size_t)(channels)   \
                          + (size_t)channel;                                                               \
        float16 out = pixels[k];                                                                           \
        finish                                                                                             \
        store_columns(out, target + at, count);                                                            \
      }                                                                                                    \
    }                                                                                                      \
  }

// y[n, oh, ow, m] = tail of bias[m] + sum over taps and channels of x * w; the bias where BIAS. One work-item per block:
// dimension 0 counts blocks of tiles, 1 blocks of vectors of M channels.
#if defined(BUILD_ALL) || defined(BUILD_winograd_forward)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void winograd_forward(
    global float* restrict y,        // [N, OH, OW, M]
    global const float* restrict x,  // [N, H, W, C]
    global const float* restrict u,  // [M / 16 rounded up to 4, 16 places, C, 16]
    BIAS_PARAMETER
    int N, int H, int W, int C, int OH, int OW, int M, int padding_h, int padding_w TAIL_PARAMETERS) {
  const int lines = (OH + 1) / 2;
  const int columns = (OW + 1) / 2;
  const int tiles = N * lines * columns;
  const int first = (int)get_global_id(0) * BLOCK_ROWS;
  const int vector = (int)get_global_id(1) * BLOCK_VECTORS;
  const int vectors = min(BLOCK_VECTORS, (M + COLUMNS - 1) / COLUMNS - vector);
  if (first >= tiles || vectors <= 0) return;
  float16 products[PLACES][BLOCK_ROWS * BLOCK_VECTORS + 1];
  multiply_places(
      products, x, u + AT(vector, PLACES * COLUMNS) * (size_t)C, first, tiles, lines, columns, H, W, C, padding_h,
      padding_w, vectors);
  FINISH_TILES(y, lines, columns, tiles, OH, OW, M, {
    if (BIAS) out += BIAS_COLUMNS(channel, count);
    TAIL(out, at, count)
  })
}
#endif

// dx[n, h, w, c] = gradient tail of the convolution of dy with the filters turned by half a turn, C and M exchanged.
// One work-item per block, as in forward.
#if defined(BUILD_ALL) || defined(BUILD_winograd_backward_input)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void winograd_backward_input(
    global float* restrict dx,        // [N, H, W, C]
    global const float* restrict dy,  // [N, OH, OW, M]
    global const float* restrict u,   // [C / 16 rounded up to 4, 16 places, M, 16]
    int N, int H, int W, int C, int OH, int OW, int M, int padding_h, int padding_w GRADIENT_PARAMETERS) {
  const int lines = (H + 1) / 2;
  const int columns = (W + 1) / 2;
  const int tiles = N * lines * columns;
  const int first = (int)get_global_id(0) * BLOCK_ROWS;
  const int vector = (int)get_global_id(1) * BLOCK_VECTORS;
  const int vectors = min(BLOCK_VECTORS, (C + COLUMNS - 1) / COLUMNS - vector);
  if (first >= tiles || vectors <= 0) return;
  float16 products[PLACES][BLOCK_ROWS * BLOCK_VECTORS + 1];
  multiply_places(
      products, dy, u + AT(vector, PLACES * COLUMNS) * (size_t)M, first, tiles, lines, columns, OH, OW, M,
      2 - padding_h, 2 - padding_w, vectors);
  FINISH_TILES(dx, lines, columns, tiles, H, W, C, GRADIENT(out, at, count))
}
#endif

// u[v, p, c, i] = (G g G')[p] of the filters g of input channel c and output channel 16 v + i; zeros behind the last one.
// With TURNED the filters are turned by half a turn and their channels exchanged: u[v, p, m, i], i counting input
// channels. One work-item per vector v and COLUMNS channels of the other side: dimension 0 counts these, 1 vectors.
#ifndef TURNED
#define TURNED 0
#endif
#if defined(BUILD_ALL) || defined(BUILD_winograd_transform_filters)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void winograd_transform_filters(
    global float* restrict u,        // [M / 16 rounded up to 4, 16 places, C, 16], or C and M exchanged
    global const float* restrict w,  // [3, 3, C, M]
    int C, int M) {
  const int inner = TURNED ? M : C;
  const int outer = TURNED ? C : M;
  const int first = (int)get_global_id(0) * COLUMNS;
  const int vector = (int)get_global_id(1);
  const int column = vector * COLUMNS;
  if (first >= inner || column >= outer) return;
  float16 taps[9][COLUMNS];
  const int rows = min(COLUMNS, inner - first);
  for (int tap = 0; tap < 9; ++tap) {
#if TURNED
    _Pragma("unroll") for (int i = 0; i < COLUMNS; ++i)
        taps[tap][i] = load_columns(
            w + (AT(8 - tap, C) + (size_t)min(column + i, C - 1)) * (size_t)M + first, rows);
    transpose(taps[tap]);
#else
    for (int i = 0; i < rows; ++i)
      taps[tap][i] = load_columns(w + (AT(tap, C) + (size_t)(first + i)) * (size_t)M + column, outer - column);
#endif
  }
  for (int i = 0; i < rows; ++i) {
    float16 g[9], places[PLACES];
    _Pragma("unroll") for (int tap = 0; tap < 9; ++tap) g[tap] = taps[tap][i];
    transform_filters(places, g);
    _Pragma("unroll") for (int p = 0; p < PLACES; ++p)
        vstore16(places[p], (AT(vector, PLACES) + (size_t)p) * (size_t)inner + (size_t)(first + i), u);
  }
}
#endif
