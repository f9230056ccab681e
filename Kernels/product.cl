// lint: -DTILE_ROWS=4 -DTILE_VECTORS=2 -DBIAS=1 -DB_CONTIGUOUS=1
// lint: -DTILE_ROWS=8 -DTILE_VECTORS=1 -DBLOCK_ROWS=64 -DBLOCK_VECTORS=4 -DPREFETCHES
// lint: -DTILE_ROWS=2 -DTILE_VECTORS=1 -DBIAS=0 -DB_CONTIGUOUS=0 -DTAIL_FIRST=3 -DTAIL_SAVES=1 -DTAIL_DROPOUT=1 -DTAIL_ADDS=1 -DGRADIENT_ADDS=1 -DGRADIENT_ACTIVATION=1
// Matrix products: linear layers, their gradients, and batches of small products (attention).
// N rows (examples, or tokens of examples), K inputs, M outputs.

#ifndef TILE_ROWS
#define TILE_ROWS 1
#define TILE_VECTORS 1
#endif
#ifndef BLOCK_ROWS
#define BLOCK_ROWS TILE_ROWS
#define BLOCK_VECTORS TILE_VECTORS
#endif
#include "tile.h"
#include "exact.h"
#include "tail.h"
#include "transpose.h"

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

#define CLAMP_ROW(r, first, count) min((first) + (r), (count) - 1)

// total[r][v] = sum over i of a[row r, i] * b[i, columns of v], i ascending over `inner` terms.
// a [rows, inner] with strides a_row and a_inner, b [inner, outer].
static inline void multiply_rows(
    float16 total[TILE_ROWS][TILE_VECTORS], global const float* a, global const float* b,
    int row, int rows, int inner, int outer, int column, int a_row, int a_inner) {
  const int count = outer - column;
  const int open = open_rows(inner, outer, column + TILE_COLUMNS);
  global const float* line[TILE_ROWS];
  FOR_ROWS line[r] = a + AT(CLAMP_ROW(r, row, rows), a_row);
  TILE_ZERO(total)
  for (int chunk = 0; chunk < inner; chunk += CHUNK) {
    const int end = min(chunk + CHUNK, inner);
    const int middle = clamp(open, chunk, end);
    float16 acc[TILE_ROWS][TILE_VECTORS];
    TILE_ZERO(acc)
    global const float* from = b + AT(chunk, outer) + column;
    for (int i = chunk; i < middle; ++i, from += outer) {
      float16 y[TILE_VECTORS];
      LOAD_VECTORS(y, from, false, count)
      FOR_ROWS FOR_VECTORS acc[r][v] = fma((float16)(line[r][AT(i, a_inner)]), y[v], acc[r][v]);
    }
    for (int i = middle; i < end; ++i, from += outer) {
      float16 y[TILE_VECTORS];
      LOAD_VECTORS(y, from, true, count)
      FOR_ROWS FOR_VECTORS acc[r][v] = fma((float16)(line[r][AT(i, a_inner)]), y[v], acc[r][v]);
    }
    TILE_ADD(total, acc)
  }
}

// The tiles of a work-item's block: columns change last, so that the columns of w that a tile reads stay in the cache for
// the tiles below it, and the block's rows for the tiles beside it.
#define FOR_TILES(rows, columns)                                                                             \
  const int first_row = (int)get_global_id(0) * BLOCK_ROWS;                                                  \
  const int first_column = (int)get_global_id(1) * BLOCK_VECTORS * COLUMNS;                                  \
  const int end_row = min(rows, first_row + BLOCK_ROWS);                                                     \
  const int end_column = min(columns, first_column + BLOCK_VECTORS * COLUMNS);                               \
  for (int column = first_column; column < end_column; column += TILE_COLUMNS)                               \
    for (int row = first_row; row < end_row; row += TILE_ROWS)

// y[n, m] = tail of bias[m] + sum over k of x[n, k] * w[k, m]; the bias where BIAS. One work-item per block of tiles;
// dimension 0 counts blocks of rows, 1 blocks of columns.
#if defined(BUILD_ALL) || defined(BUILD_linear_forward)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void linear_forward(
    global float* restrict y,           // [N, M]
    global const float* restrict x,     // [N, K]
    global const float* restrict w,     // [K, M]
    BIAS_PARAMETER
    int N, int K, int M TAIL_PARAMETERS) {
  FOR_TILES(N, M) {
    float16 total[TILE_ROWS][TILE_VECTORS];
    multiply_rows(total, x, w, row, N, K, M, column, K, 1);
    FOR_VECTORS {
      const int m = column + v * COLUMNS;
      if (m >= M) continue;
      const float16 b = BIAS_COLUMNS(m, M - m);
      FOR_ROWS {
        if (row + r >= N) continue;
        const size_t at = AT(row + r, M) + (size_t)m;
        float16 out = BIAS ? total[r][v] + b : total[r][v];
        TAIL(out, at, M - m)
        store_columns(out, y + at, M - m);
      }
    }
  }
}
#endif

// dx[n, k] = gradient tail of sum over m of dy[n, m] * wt[m, k]. One work-item per block of dx, as in forward.
#if defined(BUILD_ALL) || defined(BUILD_linear_backward_input)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void linear_backward_input(
    global float* restrict dx,        // [N, K]
    global const float* restrict dy,  // [N, M]
    global const float* restrict wt,  // [M, K]
    int N, int K, int M GRADIENT_PARAMETERS) {
  FOR_TILES(N, K) {
    float16 total[TILE_ROWS][TILE_VECTORS];
    multiply_rows(total, dy, wt, row, N, M, K, column, M, 1);
    FOR_VECTORS {
      const int k = column + v * COLUMNS;
      if (k >= K) continue;
      FOR_ROWS {
        if (row + r >= N) continue;
        const size_t at = AT(row + r, K) + (size_t)k;
        float16 out = total[r][v];
        GRADIENT(out, at, K - k)
        store_columns(out, dx + at, K - k);
      }
    }
  }
}
#endif

// sums[k, m] += sum over the grain's rows n of x[n, k] * dy[n, m], rounded to integers per grain.
// n ascends inside a grain of `grain` rows; the last grain may be shorter. One work-item per block of BLOCK_ROWS rows k
// and BLOCK_VECTORS vectors of columns m. It copies so many whole grains as CHUNK rows hold, or a chunk of one grain,
// to private memory, where the rows of a tile lie one after another, and goes through the block tile by tile. TILE_ROWS
// divides COLUMNS.
// With x and dy exchanged (and K and M) it adds the same sums to [M, K].
#if defined(BUILD_ALL) || defined(BUILD_linear_backward_weight)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void linear_backward_weight(
    global long* restrict sums,              // [K, M]
    volatile global int* magnitude,          // [1]
    global const float* restrict x,          // [N, K]
    global const float* restrict dy,         // [N, M]
    int N, int grain, int K, int M, float scale, int limit, int accumulate) {
  const int row = (int)get_global_id(0) * BLOCK_ROWS;
  const int column = (int)get_global_id(1) * BLOCK_VECTORS * COLUMNS;
  if (row >= K || column >= M) return;
  const int rows = min(BLOCK_ROWS, K - row);
  const int vectors = min(BLOCK_VECTORS, (M - column + COLUMNS - 1) / COLUMNS);
  // One vector more in a line keeps lines from falling on the same place of a cache.
  float16 left[(BLOCK_ROWS + COLUMNS - 1) / COLUMNS][CHUNK + 1];
  float16 right[BLOCK_VECTORS][CHUNK + 1];
  float16 total[BLOCK_ROWS][BLOCK_VECTORS];
  float16 high[BLOCK_ROWS][BLOCK_VECTORS];
  float16 low[BLOCK_ROWS][BLOCK_VECTORS];
  int16 worst = (int16)(0);
  const bool whole = grain <= CHUNK;
  const int most = whole ? min(CHUNK / grain, EXACT_FLUSH) : 1;
  const int tiles = (rows + TILE_ROWS - 1) / TILE_ROWS * ((vectors + TILE_VECTORS - 1) / TILE_VECTORS);
  const int share = (CHUNK + tiles - 1) / tiles;
  int pending = 0;
  for (int first = 0; first < N;) {
    const int stop = whole ? min(first + most * grain, N)
                           : min(first + CHUNK, min((first / grain + 1) * grain, N));
    const bool begins = whole || first % grain == 0;
    const bool ends = whole || stop % grain == 0 || stop == N;
    for (int n = first; n < stop; ++n) {
      for (int c = 0; c < rows; c += COLUMNS)
        left[c / COLUMNS][n - first] = load_columns(x + AT(n, K) + row + c, rows - c);
      // Behind the last vector of a tile are zeros: no gradient is reported that is none.
      for (int v = 0; v < (vectors + TILE_VECTORS - 1) / TILE_VECTORS * TILE_VECTORS; ++v)
        right[v][n - first] = load_columns(dy + AT(n, M) + column + v * COLUMNS, M - column - v * COLUMNS);
    }
    const int finished = !ends ? 0 : whole ? (stop - first + grain - 1) / grain : 1;
    const bool flush = ends && (pending + finished + most > EXACT_FLUSH || stop == N);
    int ahead = stop;
    for (int vector = 0; vector < vectors; vector += TILE_VECTORS) {
      for (int k = 0; k < rows; k += TILE_ROWS) {
        // What comes next is on its way while this tile is computed.
        for (int i = 0; i < share && ahead < N; ++i, ++ahead) {
          for (int c = 0; c < rows; c += COLUMNS) PREFETCH(x + AT(ahead, K) + row + c);
          for (int v = 0; v < vectors; ++v) PREFETCH(dy + AT(ahead, M) + column + v * COLUMNS);
        }
        float16 upper[TILE_ROWS][TILE_VECTORS];
        float16 lower[TILE_ROWS][TILE_VECTORS];
        if (pending) {
          FOR_ROWS FOR_VECTORS upper[r][v] = high[k + r][vector + v];
          FOR_ROWS FOR_VECTORS lower[r][v] = low[k + r][vector + v];
        } else {
          TILE_ZERO(upper)
          TILE_ZERO(lower)
        }
        for (int from = 0; from < stop - first; from += grain) {
          const int to = min(from + grain, stop - first);
          float16 acc[TILE_ROWS][TILE_VECTORS];
          TILE_ZERO(acc)
          const float* a = (const float*)&left[k / COLUMNS][from] + k % COLUMNS;
          for (int n = from; n < to; ++n, a += COLUMNS)
            FOR_ROWS FOR_VECTORS acc[r][v] = fma((float16)(a[r]), right[vector + v][n], acc[r][v]);
          if (!begins) FOR_ROWS FOR_VECTORS acc[r][v] += total[k + r][vector + v];
          if (ends) {
            FOR_ROWS FOR_VECTORS {
              worst = max(worst, MAGNITUDE(acc[r][v]));
              EXACT_ADD(upper[r][v], lower[r][v], acc[r][v], scale)
            }
          } else {
            FOR_ROWS FOR_VECTORS total[k + r][vector + v] = acc[r][v];
          }
        }
        if (flush) {
          FOR_VECTORS {
            const int m = column + (vector + v) * COLUMNS;
            FOR_ROWS if (row + k + r < K && m < M) add_sums(
                sums + AT(row + k + r, M) + m, convert_long16(upper[r][v]) + convert_long16(lower[r][v]), M - m,
                accumulate);
          }
        } else if (ends) {
          FOR_ROWS FOR_VECTORS high[k + r][vector + v] = upper[r][v];
          FOR_ROWS FOR_VECTORS low[k + r][vector + v] = lower[r][v];
        }
      }
    }
    pending = flush ? 0 : pending + finished;
    if (flush) accumulate = 1;
    first = stop;
  }
  report_magnitude(magnitude, worst, limit);
}
#endif

// y[m, k] = x[k, m]. One work-item per block of COLUMNS rows of y and 4 * COLUMNS columns: dimension 0
// counts blocks of k, 1 blocks of m.
#if defined(BUILD_ALL) || defined(BUILD_matrix_transpose)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void matrix_transpose(
    global float* restrict y,        // [M, K]
    global const float* restrict x,  // [K, M]
    int K, int M) {
  const int first = (int)get_global_id(0) * 4 * COLUMNS;
  const int m = (int)get_global_id(1) * COLUMNS;
  if (first >= K || m >= M) return;
  for (int k = first; k < min(first + 4 * COLUMNS, K); k += COLUMNS)
    transpose_block(y + AT(m, K) + k, K, x + AT(k, M) + m, M, K - k, M - m);
}
#endif

// y[n, b, i, j] = gradient tail of sum over k of a[n, b](i, k) * b[n, b](k, j): element (i, k) of a's matrix
// of I * K floats is at i * a_row + k * a_inner, (k, j) of b's at k * b_inner + j * b_column. The columns of b
// are contiguous (b_column = 1, b_inner = J) where B_CONTIGUOUS, else its inner dimension is (b_inner = 1,
// b_column = K).
// One work-item per tile: dimension 0 counts tiles of rows, 1 tiles of columns, 2 matrices (N * batch).
#if defined(BUILD_ALL) || defined(BUILD_batched_product)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void batched_product(
    global float* restrict y,        // [N, batch, I, J]
    global const float* restrict a,  // [N, batch, I * K]
    global const float* restrict b,  // [N, batch, K * J]
    int N, int batch, int I, int J, int K, int a_row, int a_inner, int b_inner,
    int b_column GRADIENT_PARAMETERS) {
  const int row = (int)get_global_id(0) * TILE_ROWS;
  const int column = (int)get_global_id(1) * TILE_COLUMNS;
  const int matrix = (int)get_global_id(2);
  if (row >= I || column >= J || matrix >= N * batch) return;
  float16 total[TILE_ROWS][TILE_VECTORS];
  a += AT(matrix, I) * (size_t)K;
  b += AT(matrix, K) * (size_t)J;
#if B_CONTIGUOUS
  multiply_rows(total, a, b, row, I, K, b_inner, column * b_column, a_row, a_inner);
#else
  // Blocks of COLUMNS terms of the inner dimension are transposed in registers.
  global const float* line[TILE_ROWS];
  FOR_ROWS line[r] = a + AT(CLAMP_ROW(r, row, I), a_row);
  TILE_ZERO(total)
  for (int chunk = 0; chunk < K; chunk += CHUNK) {
    const int end = min(chunk + CHUNK, K);
    float16 acc[TILE_ROWS][TILE_VECTORS];
    TILE_ZERO(acc)
    for (int block = chunk; block < end; block += COLUMNS) {
      float16 terms[TILE_VECTORS][COLUMNS];
      FOR_VECTORS {
        for (int j = 0; j < COLUMNS; ++j)
          terms[v][j] = load_columns(
              b + AT(CLAMP_ROW(j, column + v * COLUMNS, J), b_column) + AT(block, b_inner), end - block);
        transpose(terms[v]);
      }
      for (int i = 0; i < min(COLUMNS, end - block); ++i)
        FOR_ROWS FOR_VECTORS
            acc[r][v] = fma((float16)(line[r][AT(block + i, a_inner)]), terms[v][i], acc[r][v]);
    }
    TILE_ADD(total, acc)
  }
#endif
  FOR_VECTORS {
    const int j = column + v * COLUMNS;
    if (j >= J) continue;
    FOR_ROWS {
      if (row + r >= I) continue;
      const size_t at = (AT(matrix, I) + (size_t)(row + r)) * (size_t)J + (size_t)j;
      float16 out = total[r][v];
      GRADIENT(out, at, J - j)
      store_columns(out, y + at, J - j);
    }
  }
}
#endif
