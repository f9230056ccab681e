// lint: -DZEROS=1 -DGRADIENT_ADDS=1 -DGRADIENT_ACTIVATION=1
// lint: -DZEROS=0
// Kernels that move values: permutation, slices and concatenation, sums and broadcasts over one dimension.
// N examples; a tensor seen along one of its dimensions is [N, outer, length, inner].

#include "statistics.h"
#include "tail.h"

#ifndef ZEROS
#define ZEROS 0
#endif

// Rows, and values of a row, of one work-item: no part of the contract.
#define BLOCK 16
#define PIECE 1024

// 16 values `stride` apart at p, the first `count` of them (16 or more: all).
static inline float16 gather_columns(global const float* p, int stride, int count) {
  if (stride == 1) return load_columns(p, count);
  union { float16 vector; float elements[COLUMNS]; } u;
  u.vector = (float16)(0.0f);
  for (int i = 0; i < min(count, COLUMNS); ++i) u.elements[i] = p[AT(i, stride)];
  return u.vector;
}

// y[n, i0, i1, i2, i3] = x[n, i0 s0 + i1 s1 + i2 s2 + i3 s3]; an example of x is as large as one of y.
// One work-item per BLOCK x COLUMNS block of the last two dimensions: dimension 0 counts the columns of d3,
// 1 the blocks of d2, 2 the rows of N, d0, d1.
#if defined(BUILD_ALL) || defined(BUILD_permute)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void permute(
    global float* restrict y,        // [N, d0, d1, d2, d3]
    global const float* restrict x,  // [N, d0 * d1 * d2 * d3]
    int N, int d0, int d1, int d2, int d3, int s0, int s1, int s2, int s3 GRADIENT_PARAMETERS) {
  const int i3 = (int)get_global_id(0) * COLUMNS;
  const int first = (int)get_global_id(1) * BLOCK;
  const int i1 = (int)get_global_id(2) % d1;
  const int i0 = (int)get_global_id(2) / d1 % d0;
  const int n = (int)get_global_id(2) / d1 / d0;
  if (i3 >= d3 || n >= N) return;
  global const float* from = x + AT(AT(n, d0 * d1), d2 * d3) + AT(i0, s0) + AT(i1, s1) + AT(i3, s3);
  for (int i2 = first; i2 < min(first + BLOCK, d2); ++i2) {
    const size_t at = AT(AT(get_global_id(2), d2) + (size_t)i2, d3) + (size_t)i3;
    float16 value = gather_columns(from + AT(i2, s2), s3, d3 - i3);
    GRADIENT(value, at, d3 - i3)
    store_columns(value, y + at, d3 - i3);
  }
}
#endif

// y[n, o, y_start + l, i] = x[n, o, x_start + l, i] for l < length; with ZEROS the rest of y becomes 0.
// One work-item per PIECE values of the length * inner of a row (dimension 0), BLOCK rows (1) and example (2).
// With ZEROS the row is all of y's.
#if defined(BUILD_ALL) || defined(BUILD_slice_copy)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void slice_copy(
    global float* restrict y,        // [N, outer, y_length, inner]
    global const float* restrict x,  // [N, outer, x_length, inner]
    int N, int outer, int y_length, int y_start, int x_length, int x_start, int length, int inner
    GRADIENT_PARAMETERS) {
  const int piece = (int)get_global_id(0) * PIECE;
  const int first = (int)get_global_id(1) * BLOCK;
  const int n = (int)get_global_id(2);
  if (n >= N) return;
  const int begin = ZEROS ? y_start * inner : 0;
  const int stop = begin + length * inner;
  const int end = min(piece + PIECE, ZEROS ? y_length * inner : stop);
  for (int o = first; o < min(first + BLOCK, outer); ++o) {
    const size_t row = AT(n, outer) + (size_t)o;
    global const float* from = x + AT(AT(row, x_length) + (size_t)x_start, inner);
    const size_t to = AT(AT(row, y_length) + (size_t)(ZEROS ? 0 : y_start), inner);
    int count = 0;
    for (int i = piece; i < end; i += count) {
      // A vector ends where the copied part begins or ends.
      const bool inside = i >= begin && i < stop;
      count = min((inside ? min(stop, end) : (i < begin ? min(begin, end) : end)) - i, COLUMNS);
      float16 value = (float16)(0.0f);
      if (inside) value = load_columns(from + (i - begin), count);
      GRADIENT(value, to + (size_t)i, count)
      store_columns(value, y + to + i, count);
    }
  }
}
#endif

// y[n, o, i] = factor * sum over l of x[n, o, l, i]: l ascends in chunks of CHUNK; with inner = 1, 16 striped lanes.
// One work-item per 16 values of inner (dimension 0), BLOCK values of outer (1) and example (2).
#if defined(BUILD_ALL) || defined(BUILD_reduce_forward)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void reduce_forward(
    global float* restrict y,        // [N, outer, inner]
    global const float* restrict x,  // [N, outer, length, inner]
    int N, int outer, int length, int inner, float factor GRADIENT_PARAMETERS) {
  const int column = (int)get_global_id(0) * COLUMNS;
  const int first = (int)get_global_id(1) * BLOCK;
  const int n = (int)get_global_id(2);
  if (column >= inner || first >= outer || n >= N) return;
  const int end = min(first + BLOCK, outer);
  if (inner == 1) {
    union { float16 vector; float elements[BLOCK]; } u;
    u.vector = (float16)(0.0f);
    for (int o = first; o < end; ++o) {
      global const float* row = x + AT(AT(n, outer) + (size_t)o, length);
      float16 lanes = (float16)(0.0f);
      for (int l = 0; l < length; l += COLUMNS) lanes += load_columns(row + l, length - l);
      u.elements[o - first] = sum_of_lanes(lanes);
    }
    const size_t at = AT(n, outer) + (size_t)first;
    float16 value = u.vector * factor;
    GRADIENT(value, at, end - first)
    store_columns(value, y + at, end - first);
    return;
  }
  const int count = inner - column;
  for (int o = first; o < end; ++o) {
    const size_t row = AT(n, outer) + (size_t)o;
    global const float* from = x + AT(AT(row, length), inner) + column;
    float16 total = (float16)(0.0f);
    for (int chunk = 0; chunk < length; chunk += CHUNK) {
      float16 acc = (float16)(0.0f);
      for (int l = chunk; l < min(chunk + CHUNK, length); ++l) acc += load_columns(from + AT(l, inner), count);
      total += acc;
    }
    const size_t at = AT(row, inner) + (size_t)column;
    float16 value = total * factor;
    GRADIENT(value, at, count)
    store_columns(value, y + at, count);
  }
}
#endif

// dx[n, o, l, i] = factor * dy[n, o, i]. One work-item per 16 values of inner (dimension 0), BLOCK values of
// outer (1) and example (2).
#if defined(BUILD_ALL) || defined(BUILD_reduce_backward)
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void reduce_backward(
    global float* restrict dx,        // [N, outer, length, inner]
    global const float* restrict dy,  // [N, outer, inner]
    int N, int outer, int length, int inner, float factor GRADIENT_PARAMETERS) {
  const int column = (int)get_global_id(0) * COLUMNS;
  const int first = (int)get_global_id(1) * BLOCK;
  const int n = (int)get_global_id(2);
  if (column >= inner || n >= N) return;
  // A row of single values is one run of equal values; else a run is a row of inner.
  const int step = inner == 1 ? COLUMNS : 1;
  for (int o = first; o < min(first + BLOCK, outer); ++o) {
    const size_t row = AT(n, outer) + (size_t)o;
    const float16 source = inner == 1 ? (float16)(dy[row])
                                       : load_columns(dy + AT(row, inner) + column, inner - column);
    for (int l = 0; l < length; l += step) {
      const size_t at = AT(AT(row, length) + (size_t)l, inner) + (size_t)column;
      const int count = inner == 1 ? length - l : inner - column;
      float16 value = source * factor;
      GRADIENT(value, at, count)
      store_columns(value, dx + at, count);
    }
  }
}
#endif
