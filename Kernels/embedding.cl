// lint: -DPOSITIONS=1 -DTAIL_ADDS=1
// lint: -DPOSITIONS=0
// Rows of a table, chosen by tokens. N examples of T positions, D values, V tokens.

#include "exact.h"
#include "tail.h"

#ifndef POSITIONS
#define POSITIONS 0
#endif
#if POSITIONS
#define POSITIONS_PARAMETER global const float* restrict positions, /* [T, D] */
#else
#define POSITIONS_PARAMETER
#endif

// Positions of one work-item: no part of the contract.
#define BLOCK 16

// y[n, t, d] = table[tokens[n, t], d] (+ positions[t, d]); a token outside 0 ..< V gives a row of NaN.
// One work-item per BLOCK positions, counted over all examples.
#if defined(BUILD_ALL) || defined(BUILD_embedding_forward)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void embedding_forward(
    global float* restrict y,            // [N, T, D]
    global const int* restrict tokens,   // [N, T]
    global const float* restrict table,  // [V, D]
    POSITIONS_PARAMETER                  // with POSITIONS
    int N, int T, int D, int V TAIL_PARAMETERS) {
  const int first = (int)get_global_id(0) * BLOCK;
  for (int i = first; i < min(first + BLOCK, N * T); ++i) {
    const int token = tokens[i];
    const bool known = token >= 0 && token < V;
    global const float* row = table + AT(known ? token : 0, D);
    for (int d = 0; d < D; d += COLUMNS) {
      const size_t at = AT(i, D) + (size_t)d;
      const int count = D - d;
      float16 value = (float16)(NAN);
      if (known) value = load_columns(row + d, count);
#if POSITIONS
      value += load_columns(positions + AT(i % T, D) + d, count);
#endif
      TAIL(value, at, count)
      store_columns(value, y + at, count);
    }
  }
}
#endif

// sums[tokens[n, t], d] += dy[n, t, d], rounded to integers per position: integers add in any order. sums begins as
// zeros or as the last wave's. One work-item per 16 columns (dimension 0) and part of the vocabulary (1): it adds
// the tokens that leave its number when divided by the number of parts, so no two write one element.
#if defined(BUILD_ALL) || defined(BUILD_embedding_backward)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void embedding_backward(
    global long* restrict sums,         // [V, D]
    volatile global int* magnitude,     // [1]
    global const float* restrict dy,    // [N, T, D]
    global const int* restrict tokens,  // [N, T]
    int N, int T, int D, int V, float scale, int limit, int accumulate) {
  (void)accumulate;
  const int column = (int)get_global_id(0) * COLUMNS;
  const int part = (int)get_global_id(1);
  const int parts = (int)get_global_size(1);
  if (column >= D) return;
  const int count = D - column;
  int16 worst = (int16)(0);
  for (int i = 0; i < N * T; ++i) {
    const int token = tokens[i];
    if (token < 0 || token >= V || token % parts != part) continue;
    const float16 value = load_columns(dy + AT(i, D) + column, count);
    float16 high = (float16)(0.0f);
    float16 low = (float16)(0.0f);
    worst = max(worst, MAGNITUDE(value));
    EXACT_ADD(high, low, value, scale)
    add_sums(sums + AT(token, D) + column, convert_long16(high) + convert_long16(low), count, true);
  }
  report_magnitude(magnitude, worst, limit);
}
#endif

// y[n, i] = tail of x[n, i] + positions[i]. One work-item per BLOCK elements of an example: dimension 0 counts blocks,
// 1 examples.
#if defined(BUILD_ALL) || defined(BUILD_positions_forward)
#define POSITIONS_BLOCK 1024
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void positions_forward(
    global float* restrict y,                // [N, count]
    global const float* restrict x,          // [N, count]
    global const float* restrict positions,  // [count]
    int N, int count TAIL_PARAMETERS) {
  const int n = (int)get_global_id(1);
  const int first = (int)get_global_id(0) * POSITIONS_BLOCK;
  if (n >= N) return;
  for (int i = first; i < min(first + POSITIONS_BLOCK, count); i += COLUMNS) {
    const size_t at = AT(n, count) + (size_t)i;
    float16 v = load_columns(x + at, count - i) + load_columns(positions + i, count - i);
    TAIL(v, at, count - i)
    store_columns(v, y + at, count - i);
  }
}
#endif
