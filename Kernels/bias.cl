// lint: -DM=29 -DH=5 -DW=7 -DHALO=1
// Gradient of a bias. N examples of H x W pixels (1 x 1 after a linear layer), M channels.
// dy is [N, H + 2 HALO, W + 2 HALO, M].

#define TILE_ROWS 1
#define TILE_VECTORS 1
#include "tile.h"
#include "exact.h"

// As for filters: the pixels of whole lines of one image make a chunk.
#define CHUNK_LINES (W <= CHUNK ? CHUNK / W : 1)

// sums[m] += sum over the grain's examples and pixels of dy, rounded to integers per grain.
// Examples, lines and pixels ascend inside a grain. One work-item per 16 channels.
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void bias_backward(
    global long* restrict sums,       // [M]
    volatile global int* magnitude,   // [1]
    global const float* restrict dy,  // [N, H + 2 HALO, W + 2 HALO, M]
    int N, int grain, float scale, int limit, int accumulate) {
  const int column = (int)get_global_id(0) * COLUMNS;
  if (column >= M) return;
  const int count = M - column;
  EXACT_TILE_BEGIN
  for (int first = 0; first < N; first += grain) {
    float16 total[1][1] = {{(float16)(0.0f)}};
    for (int n = first; n < min(first + grain, N); ++n) {
      for (int chunk = 0; chunk < H; chunk += CHUNK_LINES) {
        float16 acc = (float16)(0.0f);
        for (int h = chunk; h < min(chunk + CHUNK_LINES, H); ++h) {
          global const float* line = dy + PIXEL(n, h, 0, H, W, HALO, M) + column;
          for (int w = 0; w < W; ++w) acc += load_columns(line + AT(w, M), count);
        }
        total[0][0] += acc;
      }
    }
    EXACT_TILE_ADD(total, scale)
  }
  EXACT_TILE_END(sums, 0, 1, column, M, magnitude, limit, accumulate)
}
