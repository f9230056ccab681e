// lint: -DTILE_ROWS=4 -DTILE_VECTORS=1 -DBLOCK_ROWS=128 -DBLOCK_VECTORS=4 -DBIAS=1 -DB_CONTIGUOUS=1
// lint: -DTILE_ROWS=2 -DTILE_VECTORS=1 -DBLOCK_ROWS=4 -DBLOCK_VECTORS=2 -DBIAS=0 -DB_CONTIGUOUS=0 -DTAIL_FIRST=3 -DTAIL_SAVES=1 -DTAIL_DROPOUT=1 -DTAIL_ADDS=1 -DGRADIENT_ADDS=1 -DGRADIENT_ACTIVATION=1
// The GPU variants of product.cl: the same sums in the same order, by a work-group where there it is an item.
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
#include "group.h"

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

#define FIRST_ROW ((int)get_group_id(0) * BLOCK_ROWS)
#define FIRST_COLUMN ((int)get_group_id(1) * BLOCK_COLUMNS)

// linear_forward; a group per block of y.
#if defined(BUILD_ALL) || defined(BUILD_linear_forward_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void linear_forward_gpu(
    global float* restrict y,           // [N, M]
    global const float* restrict x,     // [N, K]
    global const float* restrict w,     // [K, M]
    BIAS_PARAMETER
    int N, int K, int M TAIL_PARAMETERS) {
  DECLARE_SLICES
  const int row = FIRST_ROW;
  const int column = FIRST_COLUMN;
  const Operand a = {x + AT(row, K), N - row, K, K, 1, true};
  const Operand b = {w + column, M - column, K, 1, M, false};
  float16 total[TILE_ROWS][TILE_VECTORS];
  multiply_group(total, left, right, a, b);
  FOR_VECTORS {
    const int m = column + ITEM_COLUMN(v);
    if (m >= M) continue;
    const float16 shift = BIAS_COLUMNS(m, M - m);
    FOR_ROWS {
      const int n = row + ITEM_ROW(r);
      if (n >= N) continue;
      const size_t at = AT(n, M) + (size_t)m;
      float16 out = BIAS ? total[r][v] + shift : total[r][v];
      TAIL(out, at, M - m)
      store_columns(out, y + at, M - m);
    }
  }
}
#endif

// linear_backward_input; a group per block of dx.
#if defined(BUILD_ALL) || defined(BUILD_linear_backward_input_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void linear_backward_input_gpu(
    global float* restrict dx,        // [N, K]
    global const float* restrict dy,  // [N, M]
    global const float* restrict wt,  // [M, K]
    int N, int K, int M GRADIENT_PARAMETERS) {
  DECLARE_SLICES
  const int row = FIRST_ROW;
  const int column = FIRST_COLUMN;
  const Operand a = {dy + AT(row, M), N - row, M, M, 1, true};
  const Operand b = {wt + column, K - column, M, 1, K, false};
  float16 total[TILE_ROWS][TILE_VECTORS];
  multiply_group(total, left, right, a, b);
  FOR_VECTORS {
    const int k = column + ITEM_COLUMN(v);
    if (k >= K) continue;
    FOR_ROWS {
      const int n = row + ITEM_ROW(r);
      if (n >= N) continue;
      const size_t at = AT(n, K) + (size_t)k;
      float16 out = total[r][v];
      GRADIENT(out, at, K - k)
      store_columns(out, dx + at, K - k);
    }
  }
}
#endif

// linear_backward_weight; a group per block of sums. Its items keep the exact sums of their tiles in registers.
#if defined(BUILD_ALL) || defined(BUILD_linear_backward_weight_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void linear_backward_weight_gpu(
    global long* restrict sums,              // [K, M]
    volatile global int* magnitude,          // [1]
    global const float* restrict x,          // [N, K]
    global const float* restrict dy,         // [N, M]
    int N, int grain, int K, int M, float scale, int limit, int accumulate) {
  DECLARE_SLICES
  const int row = FIRST_ROW;
  const int column = FIRST_COLUMN;
  const Operand a = {x + row, K - row, N, 1, K, false};
  const Operand b = {dy + column, M - column, N, 1, M, false};
  float next_left[LEFT_SHARE];
  float next_right[RIGHT_SHARE];
  float16 acc[TILE_ROWS][TILE_VECTORS];
  float16 total[TILE_ROWS][TILE_VECTORS];
  float16 high[TILE_ROWS][TILE_VECTORS];
  float16 low[TILE_ROWS][TILE_VECTORS];
  TILE_ZERO(acc)
  TILE_ZERO(total)
  TILE_ZERO(high)
  TILE_ZERO(low)
  int worst = 0;
  int pending = 0;
  fetch_left(next_left, a, 0);
  fetch_right(next_right, b, 0);
  for (int first = 0; first < N; first += SLICE) {
    const int end = min(first + SLICE, N);
    barrier(CLK_LOCAL_MEM_FENCE);
    stage_left(left, next_left, a);
    stage_right((local float*)right, next_right, b);
    barrier(CLK_LOCAL_MEM_FENCE);
    fetch_left(next_left, a, first + SLICE);
    fetch_right(next_right, b, first + SLICE);
    for (int n = first; n < end;) {
      // The rows up to the end of the slice, of a chunk or of the grain.
      const int within = n % grain;
      const int stop = min(end, n + min(grain - within, CHUNK - within % CHUNK));
      for (; n < stop; ++n) add_term(acc, left, right, n - first);
      const bool ends = n % grain == 0 || n == N;
      if (!ends && n % grain % CHUNK != 0) continue;
      TILE_ADD(total, acc)
      TILE_ZERO(acc)
      if (!ends) continue;
      FOR_ROWS FOR_VECTORS {
        worst = max(worst, largest(MAGNITUDE(total[r][v])));
        EXACT_ADD(high[r][v], low[r][v], total[r][v], scale)
      }
      TILE_ZERO(total)
      if (++pending < EXACT_FLUSH && n < N) continue;
      FOR_VECTORS {
        const int m = column + ITEM_COLUMN(v);
        FOR_ROWS {
          const int k = row + ITEM_ROW(r);
          if (k < K && m < M)
            add_sums(
                sums + AT(k, M) + m, convert_long16(high[r][v]) + convert_long16(low[r][v]), M - m, accumulate);
        }
      }
      TILE_ZERO(high)
      TILE_ZERO(low)
      accumulate = 1;
      pending = 0;
    }
  }
  if (worst >= limit) atomic_max(magnitude, worst);
}
#endif

// batched_product; a group per block of one matrix of y.
#if defined(BUILD_ALL) || defined(BUILD_batched_product_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void batched_product_gpu(
    global float* restrict y,        // [N, batch, I, J]
    global const float* restrict a,  // [N, batch, I * K]
    global const float* restrict b,  // [N, batch, K * J]
    int N, int batch, int I, int J, int K, int a_row, int a_inner, int b_inner,
    int b_column GRADIENT_PARAMETERS) {
  DECLARE_SLICES
  const int row = FIRST_ROW;
  const int column = FIRST_COLUMN;
  const int matrix = (int)get_group_id(2);
  if (matrix >= N * batch) return;
  const Operand one = {a + AT(matrix, I) * (size_t)K + AT(row, a_row), I - row, K, a_row, a_inner, a_inner == 1};
  const Operand other = {b + AT(matrix, K) * (size_t)J + AT(column, b_column), J - column, K, b_column, b_inner, !B_CONTIGUOUS};
  float16 total[TILE_ROWS][TILE_VECTORS];
  multiply_group(total, left, right, one, other);
  FOR_VECTORS {
    const int j = column + ITEM_COLUMN(v);
    if (j >= J) continue;
    FOR_ROWS {
      const int i = row + ITEM_ROW(r);
      if (i >= I) continue;
      const size_t at = (AT(matrix, I) + (size_t)i) * (size_t)J + (size_t)j;
      float16 out = total[r][v];
      GRADIENT(out, at, J - j)
      store_columns(out, y + at, J - j);
    }
  }
}
#endif
