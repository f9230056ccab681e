#pragma once
// Tiles of tokens for attention: one token per lane.
//
// The matrix of scores [T, T] is never written. A work-item owns a tile of TILE_COLUMNS tokens, whose vectors
// lie transposed in private memory, one token per lane, and walks over the other tokens in ascending order, in
// blocks of BLOCK. Each element of a block's sum has one accumulator and adds in ascending order; block sums are
// added in ascending order. BLOCK is part of the numeric contract, the tile is not. A masked score adds
// exactly 0, so that skipping it changes nothing. scale > 0.

#include "tile.h"
#include "elementary.h"
#include "transpose.h"

#define BLOCK 64
#define LARGEST_D 128
#if BLOCK % TILE_ROWS
#error "TILE_ROWS must divide BLOCK"
#endif
#define LANES ((int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15))

// One array of TILE_COLUMNS tokens transposed, [D, TILE_COLUMNS], and one of scores, [BLOCK, TILE_COLUMNS].
#define TOKENS(name) float16 name[LARGEST_D * TILE_VECTORS]
#define SCORES(name) float16 name[BLOCK * TILE_VECTORS]

// columns[d, t] = rows[t, d] for the `count` tokens at `rows`; lanes behind them repeat the last one.
static inline void load_tokens(float16* columns, global const float* rows, int stride, int count, int D) {
  FOR_VECTORS for (int d = 0; d < D; d += COLUMNS) {
    float16 a[COLUMNS];
#pragma unroll
    for (int i = 0; i < COLUMNS; ++i)
      a[i] = load_columns(rows + AT(min(v * COLUMNS + i, count - 1), stride) + d, D - d);
    transpose(a);
#pragma unroll
    for (int i = 0; i < COLUMNS; ++i) columns[(d + i) * TILE_VECTORS + v] = a[i];
  }
}

// rows[t, d] = columns[d, t] * factor[t] for the `count` tokens at `rows`.
static inline void store_tokens(
    global float* rows, const float16* columns, const float16* factor, int stride, int count, int D) {
  FOR_VECTORS for (int d = 0; d < D; d += COLUMNS) {
    float16 a[COLUMNS];
#pragma unroll
    for (int i = 0; i < COLUMNS; ++i) a[i] = columns[(d + i) * TILE_VECTORS + v] * factor[v];
    transpose(a);
#pragma unroll
    for (int i = 0; i < COLUMNS; ++i)
      if (v * COLUMNS + i < count)
        store_columns(a[i], rows + AT(v * COLUMNS + i, stride) + d, D - d);
  }
}

// scores[j, t] = sum over d of rows[j, d] * columns[d, t] for the `count` rows of a block.
static inline void multiply_tokens(
    float16* scores, global const float* rows, int stride, int count, const float16* columns, int D) {
  for (int j = 0; j < count; j += TILE_ROWS) {
    global const float* line[TILE_ROWS];
    FOR_ROWS line[r] = rows + AT(min(j + r, count - 1), stride);
    float16 acc[TILE_ROWS][TILE_VECTORS];
    TILE_ZERO(acc)
    for (int d = 0; d < D; ++d)
      FOR_ROWS FOR_VECTORS
        acc[r][v] = fma((float16)(line[r][d]), columns[d * TILE_VECTORS + v], acc[r][v]);
    FOR_ROWS FOR_VECTORS scores[(j + r) * TILE_VECTORS + v] = acc[r][v];
  }
}

// sums[d, t] = sums[d, t] * factor[t] + (sum over a block's rows j of rows[j, d] * weights[j, t]).
static inline void add_tokens(
    float16* sums, const float16* factor, global const float* rows, int stride, int count,
    const float16* weights, int D) {
  int d = 0;
  for (; d + TILE_ROWS <= D; d += TILE_ROWS) {
    float16 acc[TILE_ROWS][TILE_VECTORS];
    TILE_ZERO(acc)
    global const float* line = rows + d;
    for (int j = 0; j < count; ++j, line += stride)
      FOR_ROWS FOR_VECTORS
        acc[r][v] = fma((float16)(line[r]), weights[j * TILE_VECTORS + v], acc[r][v]);
    FOR_ROWS FOR_VECTORS {
      float16* sum = sums + (d + r) * TILE_VECTORS + v;
      *sum = fma(*sum, factor[v], acc[r][v]);
    }
  }
  for (; d < D; ++d) {
    float16 acc[TILE_VECTORS];
    FOR_VECTORS acc[v] = (float16)(0.0f);
    global const float* line = rows + d;
    for (int j = 0; j < count; ++j, line += stride)
      FOR_VECTORS acc[v] = fma((float16)(*line), weights[j * TILE_VECTORS + v], acc[v]);
    FOR_VECTORS sums[d * TILE_VECTORS + v] = fma(sums[d * TILE_VECTORS + v], factor[v], acc[v]);
  }
}

static inline void clear_tokens(float16* sums, int D) {
  for (int d = 0; d < D; ++d) FOR_VECTORS sums[d * TILE_VECTORS + v] = (float16)(0.0f);
}
