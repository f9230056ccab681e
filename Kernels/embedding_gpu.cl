// lint: -DPOSITIONS=1 -DTAIL_ADDS=1 -DTAIL_DROPOUT=1
// lint: -DPOSITIONS=0
// The GPU variants of embedding.cl. A slot of 16 items has one position, or one token of the vocabulary, at a time.

#ifndef GROUP_ITEMS
#define GROUP_ITEMS 64
#endif
#define STRIDE COLUMNS
#include "strided.h"
#include "exact.h"
#include "tail.h"
#include "lanes.h"
#include "exact_lanes.h"

#ifndef POSITIONS
#define POSITIONS 0
#endif
#if POSITIONS
#define POSITIONS_PARAMETER global const float* restrict positions, /* [T, D] */
#else
#define POSITIONS_PARAMETER
#endif

// Positions of one group.
#define BLOCK 16
#define SPAN (COLUMNS * COLUMNS)

#if defined(BUILD_ALL) || defined(BUILD_embedding_forward_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void embedding_forward_gpu(
    global float* restrict y,            // [N, T, D]
    global const int* restrict tokens,   // [N, T]
    global const float* restrict table,  // [V, D]
    POSITIONS_PARAMETER                  // with POSITIONS
    int N, int T, int D, int V TAIL_PARAMETERS) {
  const int first = (int)get_group_id(0) * BLOCK;
  for (int i = first + SLOT; i < min(first + BLOCK, N * T); i += SLOTS) {
    const int token = tokens[i];
    const bool known = token >= 0 && token < V;
    global const float* row = table + AT(known ? token : 0, D);
    for (int d = LANE; d < D; d += SPAN) {
      const size_t at = AT(i, D) + (size_t)d;
      const int count = D - d;
      float16 value = (float16)(NAN);
      if (known) value = load_strided(row + d, count);
#if POSITIONS
      value += load_strided(positions + AT(i % T, D) + d, count);
#endif
      TAIL(value, at, count)
      store_strided(value, y + at, count);
    }
  }
}
#endif

// Each slot adds the tokens of its own part of the group's part of the vocabulary, so no two write one element.
#if defined(BUILD_ALL) || defined(BUILD_embedding_backward_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void embedding_backward_gpu(
    global long* restrict sums,         // [V, D]
    volatile global int* magnitude,     // [1]
    global const float* restrict dy,    // [N, T, D]
    global const int* restrict tokens,  // [N, T]
    int N, int T, int D, int V, float scale, int limit, int accumulate) {
  (void)accumulate;
  const int column = (int)get_group_id(0) * COLUMNS + LANE;
  const int parts = (int)get_num_groups(1) * SLOTS;
  const int part = (int)get_group_id(1) * SLOTS + SLOT;
  if (column >= D) return;
  int worst = 0;
  for (int i = 0; i < N * T; ++i) {
    const int token = tokens[i];
    if (token < 0 || token >= V || token % parts != part) continue;
    ExactSum one = {0, worst};
    exact_add(&one, dy[AT(i, D) + (size_t)column], scale);
    worst = one.worst;
    sums[AT(token, D) + (size_t)column] += one.sum;
  }
  if (worst >= limit) atomic_max(magnitude, worst);
}
#endif

#if defined(BUILD_ALL) || defined(BUILD_positions_forward_gpu)
#define POSITIONS_BLOCK 1024
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void positions_forward_gpu(
    global float* restrict y,                // [N, count]
    global const float* restrict x,          // [N, count]
    global const float* restrict positions,  // [count]
    int N, int count TAIL_PARAMETERS) {
  const int n = (int)get_group_id(1);
  const int first = (int)get_group_id(0) * POSITIONS_BLOCK;
  if (n >= N) return;
  const int end = min(first + POSITIONS_BLOCK, count);
  for (int i = first + SLOT * SPAN + LANE; i < end; i += SLOTS * SPAN) {
    const size_t at = AT(n, count) + (size_t)i;
    float16 v = load_strided(x + at, end - i) + load_strided(positions + i, end - i);
    TAIL(v, at, end - i)
    store_strided(v, y + at, end - i);
  }
}
#endif
