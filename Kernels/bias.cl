// lint:
// Gradient of a bias: N examples of `rows` pixels or tokens, M channels.

#define TILE_ROWS 1
#define TILE_VECTORS 1
#include "tile.h"
#include "exact.h"

// sums[m] += sum over the grain's examples and rows of dy, rounded to integers per grain. Examples and rows ascend
// inside a grain of `grain` examples; CHUNK rows of one example make a chunk. One work-item per 16 channels.
#if defined(BUILD_ALL) || defined(BUILD_bias_backward)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void bias_backward(
    global long* restrict sums,       // [M]
    volatile global int* magnitude,   // [1]
    global const float* restrict dy,  // [N, rows, M]
    int N, int grain, int rows, int M, float scale, int limit, int accumulate) {
  const int column = (int)get_global_id(0) * COLUMNS;
  if (column >= M) return;
  const int count = M - column;
  EXACT_TILE_BEGIN
  for (int first = 0; first < N; first += grain) {
    float16 total[1][1] = {{(float16)(0.0f)}};
    for (int n = first; n < min(first + grain, N); ++n) {
      global const float* example = dy + AT(AT(n, rows), M) + column;
      for (int chunk = 0; chunk < rows; chunk += CHUNK) {
        float16 acc = (float16)(0.0f);
        for (int row = chunk; row < min(chunk + CHUNK, rows); ++row)
          acc += load_columns(example + AT(row, M), count);
        total[0][0] += acc;
      }
    }
    EXACT_TILE_ADD(total, scale)
  }
  EXACT_TILE_END(sums, 0, 1, column, M, magnitude, limit, accumulate)
}
#endif
