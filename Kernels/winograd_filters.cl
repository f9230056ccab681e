// lint: -DTILE_ROWS=8 -DTILE_VECTORS=2
// lint: -DTILE_ROWS=4 -DTILE_VECTORS=1 -DBLOCK_ROWS=16 -DBLOCK_VECTORS=2
// The gradient of the filters of a 3 x 3 convolution with stride 1, by Winograd's filtering: winograd.h. Shapes as in
// winograd.cl; tiles are those of the output.
//
// With u = G g G' and v = B' d B, y = A' [u * v] A: so du = sum over tiles of v * (A dy A'), and dg = G' du G, once for
// each grain. Tiles ascend inside a grain in chunks of WINOGRAD_CHUNK, whose sums are added in ascending order.

#ifndef TILE_ROWS
#define TILE_ROWS 1
#define TILE_VECTORS 1
#endif
#ifndef BLOCK_ROWS
#define BLOCK_ROWS COLUMNS
#endif
#ifndef BLOCK_VECTORS
#define BLOCK_VECTORS TILE_VECTORS
#endif
#include "winograd.h"
#include "exact.h"

#if BLOCK_ROWS % COLUMNS || BLOCK_ROWS % TILE_ROWS || BLOCK_VECTORS % TILE_VECTORS
#error "a block is a whole number of vectors and of register tiles"
#endif

// sums[kh, kw, c, m] += dg[kh, kw] of the grains, each rounded to integers. One work-item per block of BLOCK_ROWS
// input channels and BLOCK_VECTORS vectors of output channels: dimension 0 counts blocks of C, 1 blocks of M.
#if defined(BUILD_ALL) || defined(BUILD_winograd_backward_filters)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void winograd_backward_filters(
    global long* restrict sums,       // [3, 3, C, M]
    volatile global int* magnitude,   // [1]
    global const float* restrict x,   // [N, H, W, C]
    global const float* restrict dy,  // [N, OH, OW, M]
    int N, int grain, int H, int W, int C, int OH, int OW, int M, int padding_h, int padding_w, float scale,
    int limit, int accumulate) {
  const int row = (int)get_global_id(0) * BLOCK_ROWS;
  const int column = (int)get_global_id(1) * BLOCK_VECTORS * COLUMNS;
  if (row >= C || column >= M) return;
  const int rows = min(BLOCK_ROWS, C - row);
  const int vectors = min(BLOCK_VECTORS, (M - column + COLUMNS - 1) / COLUMNS);
  const int lines = (OH + 1) / 2;
  const int columns = (OW + 1) / 2;
  float16 inputs[PLACES][WINOGRAD_CHUNK + 1][BLOCK_ROWS / COLUMNS];
  float16 gradients[PLACES][WINOGRAD_CHUNK + 1][BLOCK_VECTORS];
  float16 total[PLACES][BLOCK_ROWS * BLOCK_VECTORS + 1];
  float16 high[BLOCK_ROWS * BLOCK_VECTORS][9];
  float16 low[BLOCK_ROWS * BLOCK_VECTORS][9];
  int16 worst = (int16)(0);
  int pending = 0;
  for (int first = 0; first < N; first += grain) {
    const int begin = first * lines * columns;
    const int end = min(first + grain, N) * lines * columns;
    for (int chunk = begin; chunk < end; chunk += WINOGRAD_CHUNK) {
      const int terms = min(WINOGRAD_CHUNK, end - chunk);
      for (int t = 0; t < terms; ++t) {
        const TileCorner corner = tile_corner(chunk + t, lines, columns);
        global const float* image = x + AT(corner.n, H * W) * (size_t)C + row;
        for (int c = 0; c < rows; c += COLUMNS) {
          float16 d[PLACES];
          load_patch(d, image + c, 2 * corner.i - padding_h, 2 * corner.j - padding_w, H, W, C, rows - c);
          transform_inputs(d);
          _Pragma("unroll") for (int p = 0; p < PLACES; ++p) inputs[p][t][c / COLUMNS] = d[p];
        }
        for (int v = 0; v < vectors; ++v) {
          const int m = column + v * COLUMNS;
          float16 pixels[4], d[PLACES];
          _Pragma("unroll 1") for (int k = 0; k < 4; ++k) {
            const int h = 2 * corner.i + k / 2;
            const int w = 2 * corner.j + k % 2;
            pixels[k] = h < OH && w < OW
                ? load_columns(dy + (AT(AT(corner.n, OH) + (size_t)h, OW) + (size_t)w) * (size_t)M + m, M - m)
                : (float16)(0.0f);
          }
          transform_gradients(d, pixels);
          _Pragma("unroll") for (int p = 0; p < PLACES; ++p) gradients[p][t][v] = d[p];
        }
      }
      for (int p = 0; p < PLACES; ++p)
        for (int vector = 0; vector < vectors; vector += TILE_VECTORS)
          for (int c = 0; c < rows; c += TILE_ROWS) {
            float16 acc[TILE_ROWS][TILE_VECTORS];
            TILE_ZERO(acc)
            for (int t = 0; t < terms; ++t) {
              const float* a = (const float*)inputs[p][t] + c;
              FOR_ROWS FOR_VECTORS acc[r][v] = fma((float16)(a[r]), gradients[p][t][vector + v], acc[r][v]);
            }
            if (chunk == begin) {
              FOR_ROWS FOR_VECTORS total[p][(c + r) * BLOCK_VECTORS + vector + v] = acc[r][v];
            } else {
              FOR_ROWS FOR_VECTORS total[p][(c + r) * BLOCK_VECTORS + vector + v] += acc[r][v];
            }
          }
    }
    const bool flush = ++pending == EXACT_FLUSH || first + grain >= N;
    for (int c = 0; c < rows; ++c)
      for (int v = 0; v < vectors; ++v) {
        float16 du[PLACES], dg[9];
        _Pragma("unroll") for (int p = 0; p < PLACES; ++p) du[p] = total[p][c * BLOCK_VECTORS + v];
        transform_filter_gradients(dg, du);
        const int m = column + v * COLUMNS;
        _Pragma("unroll 1") for (int k = 0; k < 9; ++k) {
          worst = max(worst, MAGNITUDE(dg[k]));
          float16 upper = pending > 1 ? high[c * BLOCK_VECTORS + v][k] : (float16)(0.0f);
          float16 lower = pending > 1 ? low[c * BLOCK_VECTORS + v][k] : (float16)(0.0f);
          EXACT_ADD(upper, lower, dg[k], scale)
          if (flush) {
            add_sums(
                sums + AT(k * C + row + c, M) + m, convert_long16(upper) + convert_long16(lower), M - m, accumulate);
          } else {
            high[c * BLOCK_VECTORS + v][k] = upper;
            low[c * BLOCK_VECTORS + v][k] = lower;
          }
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
