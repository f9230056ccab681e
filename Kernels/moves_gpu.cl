// lint: -DZEROS=1 -DGRADIENT_ADDS=1 -DGRADIENT_ACTIVATION=1
// lint: -DZEROS=0
// The GPU variants of moves.cl. A group has the block that a work-item has there; its items take values that lie one after
// another.

#ifndef GROUP_ITEMS
#define GROUP_ITEMS 64
#endif
#include "single.h"
#include "statistics.h"
#include "lanes.h"

#ifndef ZEROS
#define ZEROS 0
#endif

#define BLOCK 16
#define PIECE 1024

#if defined(BUILD_ALL) || defined(BUILD_permute_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void permute_gpu(
    global float* restrict y,        // [N, d0, d1, d2, d3]
    global const float* restrict x,  // [N, d0 * d1 * d2 * d3]
    int N, int d0, int d1, int d2, int d3, int s0, int s1, int s2, int s3 GRADIENT_PARAMETERS) {
  const int i3 = (int)get_group_id(0) * COLUMNS + LANE;
  const int first = (int)get_group_id(1) * BLOCK;
  const int i1 = (int)get_group_id(2) % d1;
  const int i0 = (int)get_group_id(2) / d1 % d0;
  const int n = (int)get_group_id(2) / d1 / d0;
  if (i3 >= d3 || n >= N) return;
  global const float* from = x + AT(AT(n, d0 * d1), d2 * d3) + AT(i0, s0) + AT(i1, s1) + AT(i3, s3);
  for (int i2 = first + SLOT; i2 < min(first + BLOCK, d2); i2 += SLOTS) {
    const size_t at = AT(AT(get_group_id(2), d2) + (size_t)i2, d3) + (size_t)i3;
    float value = from[AT(i2, s2)];
    GRADIENT_ONE(value, at)
    y[at] = value;
  }
}
#endif

#if defined(BUILD_ALL) || defined(BUILD_slice_copy_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void slice_copy_gpu(
    global float* restrict y,        // [N, outer, y_length, inner]
    global const float* restrict x,  // [N, outer, x_length, inner]
    int N, int outer, int y_length, int y_start, int x_length, int x_start, int length, int inner
    GRADIENT_PARAMETERS) {
  const int piece = (int)get_group_id(0) * PIECE;
  const int first = (int)get_group_id(1) * BLOCK;
  const int n = (int)get_group_id(2);
  if (n >= N) return;
  const int begin = ZEROS ? y_start * inner : 0;
  const int stop = begin + length * inner;
  const int end = min(piece + PIECE, ZEROS ? y_length * inner : stop);
  for (int o = first; o < min(first + BLOCK, outer); ++o) {
    const size_t row = AT(n, outer) + (size_t)o;
    global const float* from = x + AT(AT(row, x_length) + (size_t)x_start, inner);
    const size_t to = AT(AT(row, y_length) + (size_t)(ZEROS ? 0 : y_start), inner);
    for (int i = piece + ITEM; i < end; i += GROUP_ITEMS) {
      float value = i >= begin && i < stop ? from[i - begin] : 0.0f;
      GRADIENT_ONE(value, to + (size_t)i)
      y[to + (size_t)i] = value;
    }
  }
}
#endif

#if defined(BUILD_ALL) || defined(BUILD_reduce_forward_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void reduce_forward_gpu(
    global float* restrict y,        // [N, outer, inner]
    global const float* restrict x,  // [N, outer, length, inner]
    int N, int outer, int length, int inner, float factor GRADIENT_PARAMETERS) {
  local float lanes[GROUP_ITEMS];
  const int column = (int)get_group_id(0) * COLUMNS + LANE;
  const int first = (int)get_group_id(1) * BLOCK;
  const int n = (int)get_group_id(2);
  if (n >= N) return;
  const int end = min(first + BLOCK, outer);
  // All items go through as many rows and meet at the barriers of each; some have no row.
  for (int r = 0; r < BLOCK; r += SLOTS) {
    const int o = first + r + SLOT;
    const size_t row = AT(n, outer) + (size_t)o;
    const int count = inner == 1 && o < end ? length : 0;
    float lane = 0.0f;
    for (int l = LANE; l < PADDED(count); l += COLUMNS) lane += element(x + AT(row, length), l, count);
    float total = sum_of_lanes(gather_lanes(lanes, lane));
    if (inner > 1 && o < end && column < inner) {
      global const float* from = x + AT(AT(row, length), inner) + column;
      for (int chunk = 0; chunk < length; chunk += CHUNK) {
        float acc = 0.0f;
        for (int l = chunk; l < min(chunk + CHUNK, length); ++l) acc += from[AT(l, inner)];
        total += acc;
      }
    }
    if (o < end && column < inner) {
      const size_t at = AT(row, inner) + (size_t)column;
      float value = total * factor;
      GRADIENT_ONE(value, at)
      y[at] = value;
    }
  }
}
#endif

#if defined(BUILD_ALL) || defined(BUILD_reduce_backward_gpu)
__attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
kernel void reduce_backward_gpu(
    global float* restrict dx,        // [N, outer, length, inner]
    global const float* restrict dy,  // [N, outer, inner]
    int N, int outer, int length, int inner, float factor GRADIENT_PARAMETERS) {
  const int column = (int)get_group_id(0) * COLUMNS;
  const int first = (int)get_group_id(1) * BLOCK;
  const int n = (int)get_group_id(2);
  if (column >= inner || n >= N) return;
  const int width = min(COLUMNS, inner - column);
  for (int o = first; o < min(first + BLOCK, outer); ++o) {
    const size_t row = AT(n, outer) + (size_t)o;
    for (int e = ITEM; e < length * width; e += GROUP_ITEMS) {
      const int i = column + e % width;
      const size_t at = AT(AT(row, length) + (size_t)(e / width), inner) + (size_t)i;
      float value = dy[AT(row, inner) + (size_t)i] * factor;
      GRADIENT_ONE(value, at)
      dx[at] = value;
    }
  }
}
#endif
