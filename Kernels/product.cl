// lint: -DK=37 -DM=29 -DTILE_ROWS=4 -DTILE_VECTORS=2 -DRELU=1 -DMASK=1
// lint: -DK=37 -DM=29 -DTILE_ROWS=4 -DTILE_VECTORS=2 -DRELU=0 -DMASK=0
// Linear layer. N examples, K inputs, M outputs; K and M are build options.

#include "tile.h"
#include "exact.h"

#define CLAMP_ROW(r, first, count) min((first) + (r), (count) - 1)

// total[r][v] = sum over i of a[row r, i] * b[i, columns of v], i ascending over `inner` terms.
// a [rows, inner], b [inner, outer]; `count` columns from `column` on are real.
static inline void multiply_rows(
    float16 total[TILE_ROWS][TILE_VECTORS], global const float* a, global const float* b,
    int row, int rows, int inner, int outer, int column) {
  const int count = outer - column;
  const bool guarded = count < TILE_COLUMNS;
  global const float* line[TILE_ROWS];
  FOR_ROWS line[r] = a + AT(CLAMP_ROW(r, row, rows), inner);
  TILE_ZERO(total)
  for (int chunk = 0; chunk < inner; chunk += CHUNK) {
    const int end = min(chunk + CHUNK, inner);
    float16 acc[TILE_ROWS][TILE_VECTORS];
    TILE_ZERO(acc)
    if (!guarded) {
      for (int i = chunk; i < end; ++i) {
        float16 y[TILE_VECTORS];
        LOAD_VECTORS(y, b + AT(i, outer) + column, false, count)
        FOR_ROWS FOR_VECTORS acc[r][v] = fma((float16)(line[r][i]), y[v], acc[r][v]);
      }
    } else {
      for (int i = chunk; i < end; ++i) {
        float16 y[TILE_VECTORS];
        LOAD_VECTORS(y, b + AT(i, outer) + column, true, count)
        FOR_ROWS FOR_VECTORS acc[r][v] = fma((float16)(line[r][i]), y[v], acc[r][v]);
      }
    }
    TILE_ADD(total, acc)
  }
}

// y[n, m] = bias[m] + sum over k of x[n, k] * w[k, m], then ReLU where RELU. One work-item per tile;
// dimension 0 counts tiles of rows, 1 tiles of columns.
#if defined(BUILD_ALL) || defined(BUILD_linear_forward)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void linear_forward(
    global float* restrict y,           // [N, M]
    global const float* restrict x,     // [N, K]
    global const float* restrict w,     // [K, M]
    global const float* restrict bias,  // [M]
    int N) {
  const int row = (int)get_global_id(0) * TILE_ROWS;
  const int column = (int)get_global_id(1) * TILE_COLUMNS;
  if (row >= N || column >= M) return;
  float16 total[TILE_ROWS][TILE_VECTORS];
  multiply_rows(total, x, w, row, N, K, M, column);
  FOR_VECTORS {
    const int c = column + v * COLUMNS;
    const float16 b = load_columns(bias + min(c, M - 1), M - c);
    FOR_ROWS {
      if (row + r >= N || c >= M) continue;
      float16 out = total[r][v] + b;
      if (RELU) out = select(out, (float16)(0.0f), out <= 0.0f);
      store_columns(out, y + AT(row + r, M) + c, M - c);
    }
  }
}
#endif

// dx[n, k] = sum over m of dy[n, m] * wt[m, k], zero where MASK and x[n, k] <= 0 (the ReLU that made x).
// One work-item per tile of dx.
#if defined(BUILD_ALL) || defined(BUILD_linear_backward_input)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void linear_backward_input(
    global float* restrict dx,        // [N, K]
    global const float* restrict dy,  // [N, M]
    global const float* restrict wt,  // [M, K]
    global const float* restrict x,   // [N, K]
    int N) {
  const int row = (int)get_global_id(0) * TILE_ROWS;
  const int column = (int)get_global_id(1) * TILE_COLUMNS;
  if (row >= N || column >= K) return;
  float16 total[TILE_ROWS][TILE_VECTORS];
  multiply_rows(total, dy, wt, row, N, M, K, column);
  FOR_VECTORS {
    const int c = column + v * COLUMNS;
    FOR_ROWS {
      if (row + r >= N || c >= K) continue;
      const size_t at = AT(row + r, K) + (size_t)c;
      float16 out = total[r][v];
      if (MASK) out = select((float16)(0.0f), out, load_columns(x + at, K - c) > 0.0f);
      store_columns(out, dx + at, K - c);
    }
  }
}
#endif

// sums[k, m] += sum over the grain's examples n of x[n, k] * dy[n, m], rounded to integers per grain.
// n ascends inside a grain of `grain` examples; the last grain may be shorter. One work-item per tile.
#if defined(BUILD_ALL) || defined(BUILD_linear_backward_weight)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void linear_backward_weight(
    global long* restrict sums,              // [K, M]
    volatile global int* magnitude,          // [1]
    global const float* restrict x,          // [N, K]
    global const float* restrict dy,         // [N, M]
    int N, int grain, float scale, int limit, int accumulate) {
  const int row = (int)get_global_id(0) * TILE_ROWS;
  const int column = (int)get_global_id(1) * TILE_COLUMNS;
  if (row >= K || column >= M) return;
  const int count = M - column;
  const bool guarded = count < TILE_COLUMNS;
  int offset[TILE_ROWS];
  FOR_ROWS offset[r] = CLAMP_ROW(r, row, K);
  EXACT_TILE_BEGIN
  for (int first = 0; first < N; first += grain) {
    const int end = min(first + grain, N);
    float16 total[TILE_ROWS][TILE_VECTORS];
    TILE_ZERO(total)
    for (int chunk = first; chunk < end; chunk += CHUNK) {
      const int stop = min(chunk + CHUNK, end);
      float16 acc[TILE_ROWS][TILE_VECTORS];
      TILE_ZERO(acc)
      for (int n = chunk; n < stop; ++n) {
        global const float* line = x + AT(n, K);
        float16 b[TILE_VECTORS];
        LOAD_VECTORS(b, dy + AT(n, M) + column, guarded, count)
        FOR_ROWS FOR_VECTORS acc[r][v] = fma((float16)(line[offset[r]]), b[v], acc[r][v]);
      }
      TILE_ADD(total, acc)
    }
    EXACT_TILE_ADD(total, scale)
  }
  EXACT_TILE_END(sums, row, K, column, M, magnitude, limit, accumulate)
}
#endif

// wt[m, k] = w[k, m]. One work-item per COLUMNS x COLUMNS block: dimension 0 over k, 1 over m.
#if defined(BUILD_ALL) || defined(BUILD_linear_transpose_weight)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void linear_transpose_weight(
    global float* restrict wt,        // [M, K]
    global const float* restrict w) { // [K, M]
  const int k0 = (int)get_global_id(0) * COLUMNS;
  const int m0 = (int)get_global_id(1) * COLUMNS;
  for (int m = m0; m < min(m0 + COLUMNS, M); ++m) {
    global float* line = wt + AT(m, K);
    for (int k = k0; k < min(k0 + COLUMNS, K); ++k) line[k] = (w + AT(k, M))[m];
  }
}
#endif
